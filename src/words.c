/* The table of words for staff: statuses, classes, levels, roles, answers, notes. */
#include "words.h"

#include <string.h>

typedef struct {
    const gchar *word, *chinese;
} Word;

static const Word statuses[] = {
    {"complete", "齐全"}, {"incomplete", "待补正"}, {"review", "待人工核对"},
    {"late", "逾期"},     {"accepted", "已受理"},   {"rejected", "已退回"},
    {NULL, NULL},
};

static const Word classes[] = {
    {"submission", "报送材料"}, {"question", "咨询"},
    {"auto", "自动回复"},       {"bounce", "退信"},
    {"receipt", "阅读回执"},    {"list", "群发邮件"},
    {"own", "本邮箱发出"},      {"unrelated", "与征集无关"},
    {"before", "征集开始前"},   {NULL, NULL},
};

static const Word levels[] = {
    {"must", "须补正"}, {"should", "建议修改"}, {"staff", "内部提示"},
    {"late", "逾期"},   {"remark", "备注"},     {NULL, NULL},
};

static const Word roles[] = {
    {"form", "需求表"},    {"scan", "盖章扫描件"},
    {"other", "其他文件"}, {"container", "邮件或压缩包"},
    {NULL, NULL},
};

static const Word reply_kinds[] = {
    {"late", "逾期告知"},
    {"received-incomplete", "补正通知"},
    {"cloud-attachment", "重发附件通知"},
    {"received-checking", "收件回执（核对中）"},
    {"received", "收件回执"},
    {"guide", "报送指引"},
    {NULL, NULL},
};

static const Word reply_cases[] = {
    {"late", "截止时间后收到，待研究处理"},
    {"received-incomplete", "需要补正"},
    {"cloud-attachment", "文件未送达，需要重新发送"},
    {"received-checking", "正在核对"},
    {"received", "材料齐全"},
    {NULL, NULL},
};

static const Word reply_states[] = {
    {"queued", "待发送"},   {"sending", "正在发送"},     {"sent", "已发送"},
    {"failed", "发送失败"}, {"unknown", "是否送出不明"}, {"held", "暂缓发送"},
    {NULL, NULL},
};

static const Word notes[] = {
    {"encrypted", "文件设有打开密码，无法读取"},
    {"corrupt_file", "文件已损坏，无法打开"},
    {"too_large", "文件过大，未读取"},
    {"too_deep", "嵌套层数过多，未全部展开"},
    {"too-deep", "嵌套层数过多，未全部展开"},
    {"too-many", "文件数量过多，未全部展开"},
    {"unread", "程序不支持的文件格式"},
    {"fault", "读取时出错，未能读出"},
    {"zip_bomb", "解压后体积异常，未解压"},
    {"unsupported", "程序不支持的文件格式"},
    {"xml_dtd", "文件内部结构异常，为安全起见未读取"},
    {"xml_too_deep", "文件内部嵌套过深，未读取"},
    {"refused", "LibreOffice 未能打开，需人工打开查看"},
    {"unavailable", "本机未安装 LibreOffice，程序无法读取此格式"},
    {"picture_only", "内容为图片，没有可读取的文字"},
    {NULL, NULL},
};

static const Word version_states[] = {
    {"standing", "采用"},
    {"waiting", "等待扫描件，未采用"},
    {"late", "截止后收到，未采用"},
    {"replaced", "已被替代"},
    {NULL, NULL},
};

static const Word decisions[] = {
    {"accept", "受理"},  {"reject", "退回"},     {"reopen", "重新审核"},     {"merge", "合并"},
    {"class", "改列为"}, {"sent", "记为已发送"}, {"resend", "重新发送答复"}, {NULL, NULL},
};

static const Word attributions[] = {
    {"same-demand", "本件（与{other}是同一单位的同一需求，发件地址不同）"},
    {"not-proved", "本件（发件地址与{other}相同，但不能证明是同一发件人）"},
    {"which-submission", "本件（该发件地址有不止一份申报）"},
    {"which-form", "来件中的扫描件（一封邮件内有多份需求表）"},
    {NULL, NULL},
};

static const Word said[] = {
    {"none", "（无）"},
    {"advice", "【建议】"},
    {"the-mail", "（邮件本身）"},
    {"too-old", "来信较早，未自动发送；核对后可用 shoujian send --held 发出"},
    {"switched-off", "自动答复已停用（shoujian.conf 的 reply.enabled）"},
    {"unused", "未列入任何一版的文件"},
    {"no-name", "（未命名）"},
    {"returned", "被退回"},
    {"not-filled", "（未填写）"},
    {"filled", "已填写"},
    {"not-read", "（未读出）"},
    {"hidden", "（发件地址未能通过来源验证，或需求表由其他地址报送；为保护填报单位的信息，此处不列"
               "出表内内容）"},
    {"hidden-findings",
     "材料中另有需要核对之处，为保护填报单位的信息，此处不列出，请与下列联系人联系"},
    {"no-form", "（未收到能够读取的需求表）"},
    {"other-files", "【其他文件】"},
    {NULL, NULL},
};

static const gchar *look_up(const Word *table, const gchar *word, const gchar *otherwise)
{
    for (; table->word != NULL; table++)
        if (strcmp(table->word, word) == 0)
            return table->chinese;
    return otherwise;
}

const gchar *words_status(const gchar *status)
{
    return look_up(statuses, status, status);
}

const gchar *words_class(const gchar *class_of_mail)
{
    return look_up(classes, class_of_mail, class_of_mail);
}

const gchar *words_level(const gchar *level)
{
    return look_up(levels, level, level);
}

const gchar *words_role(const gchar *role)
{
    return look_up(roles, role, role);
}

const gchar *words_reply_kind(const gchar *kind)
{
    return look_up(reply_kinds, kind, kind);
}

const gchar *words_reply_case(const gchar *kind)
{
    return look_up(reply_cases, kind, kind);
}

const gchar *words_reply_state(const gchar *state)
{
    return look_up(reply_states, state, state);
}

const gchar *words_version_state(const gchar *state)
{
    return look_up(version_states, state, state);
}

const gchar *words_decision(const gchar *what)
{
    return look_up(decisions, what, what);
}

const gchar *words_note(const gchar *note)
{
    const gchar *dot = strrchr(note, '.');
    return look_up(notes, dot != NULL ? dot + 1 : note, "程序未能读出");
}

gchar *words_attribution(const gchar *reason, const gchar *receipt)
{
    g_auto(GStrv) pieces = g_strsplit(look_up(attributions, reason, reason), "{other}", 2);
    return g_strjoinv(receipt != NULL ? receipt : "", pieces);
}

gchar *words_transit(const gchar *received, const gchar *recorded)
{
    return g_strdup_printf("收到时间 %s，途中记录 %s", received, recorded);
}

gchar *words_earlier(const gchar *received)
{
    return g_strdup_printf("（%s 收到）", received);
}

gchar *words_from_to(const gchar *from, const gchar *to)
{
    return g_strdup_printf("%s至%s", from, to);
}

gchar *words_and_more(const gchar *receipts, guint count)
{
    return g_strdup_printf("%s等%u件", receipts, count);
}

gchar *words_more_files(guint count)
{
    return g_strdup_printf("其余%u个文件均已登记，此处不一一列出", count);
}

gchar *words_link(const gchar *name, const gchar *size, const gchar *expires)
{
    gboolean forever = expires != NULL && strpbrk(expires, "0123456789") == NULL;
    g_autofree gchar *until = expires == NULL ? NULL
                              : forever       ? g_strdup(expires)
                                              : g_strconcat(expires, "到期", NULL);
    if (size == NULL && until == NULL)
        return g_strdup_printf("“%s”", name);
    return g_strdup_printf("“%s”（%s%s%s）", name, size != NULL ? size : "",
                           size != NULL && until != NULL ? "，" : "", until != NULL ? until : "");
}

const gchar *words_said(const gchar *key)
{
    return look_up(said, key, key);
}
