/* A mail as most are, in small. */
#pragma once

extern const char mime_sample[];
