/* A mail as most are, in small: what gmime, iconv and the patterns do at first use is done with it
 * before there is one of a sender. */
#include "sample.h"

const char mime_sample[] =
    "Received: from out.example.com (unknown [192.0.2.1])\r\n"
    "\tby mx.example.com (Coremail) with SMTP id AAAA--.1S3;\r\n"
    "\tTue, 10 Sep 2024 09:12:33 +0800 (CST)\r\n"
    "From: \"=?gb18030?B?zfU=?=\" <a@example.com>\r\n"
    "To: b@example.com\r\n"
    "Subject: =?gb18030?B?zfU=?= =?utf-8?Q?=E7=8E=8B?=\r\n"
    "MIME-Version: 1.0\r\n"
    "Date: Tue, 10 Sep 2024 09:12:29 +0800\r\n"
    "Message-ID: <1@example.com>\r\n"
    "References: <2@example.com>\r\n"
    "Authentication-Results: mx.example.com; spf=pass smtp.mail=a@example.com\r\n"
    "X-CM-TRANSID: AAAA--.1S3\r\n"
    "Content-Type: multipart/mixed; boundary=\"1\"\r\n\r\n"
    "--1\r\nContent-Type: multipart/alternative; boundary=\"2\"\r\n\r\n"
    "--2\r\nContent-Type: text/plain; charset=\"gb18030\"\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nzfU=\r\n"
    "--2\r\nContent-Type: text/html; charset=\"utf-8\"\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    "<html><head><meta charset=3D\"utf-8\"></head><body><div>=E7=8E=8B</div>\r\n"
    "<a href=3D\"https://www.example.com/\">a</a></body></html>\r\n--2--\r\n"
    "--1\r\nContent-Type: application/octet-stream; name=\"=?gb18030?B?zfU=?=\"\r\n"
    "Content-Transfer-Encoding: base64\r\n"
    "Content-Disposition: attachment; filename*=utf-8''%E7%8E%8B\r\n\r\n"
    "JVBERi0xLjQKJSVFT0YK\r\n--1--\r\n";
