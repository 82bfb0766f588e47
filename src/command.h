/* The commands, and what each needs opened before it runs (main.c has the table). */
#pragma once

#include "arguments.h"
#include "campaign.h"
#include "config.h"
#include "reply.h"
#include "rule.h"
#include "spool.h"
#include "store.h"

/* The later ones need the first. */
typedef enum {
    NEED_CONFIG = 1, /* shoujian.conf, campaign.conf, rules and reply texts, all checked */
    NEED_SPOOL = 2,  /* the spool's directories, made where missing */
    NEED_LOCK = 4,   /* no other poll at the same time */
    NEED_READ = 8,   /* the database for reading; one that is not there yet is empty */
    NEED_WRITE = 16, /* the database for writing; with --dry-run, a copy of it */
    NEED_CAGE = 32,  /* the fences around filters that shoujian.conf asks for */
} Need;

/* What main opened; a member is NULL when the command did not ask for it. */
typedef struct {
    Config *config;
    Campaign *campaign;
    RuleSet *rules;
    ReplyTexts *texts;
    Spool *spool;
    Store *store;
} House;

typedef struct {
    const char *name;
    const char *arguments; /* for usage */
    const char *help;      /* one line */
    unsigned needs;        /* of Need */
    Syntax syntax;
    /* Returns the exit status; a set *error is printed and counts as its own. */
    int (*run)(House *house, const Arguments *arguments, GError **error);
} Command;

int cmd_poll(House *house, const Arguments *arguments, GError **error);
int cmd_import(House *house, const Arguments *arguments, GError **error);
int cmd_send(House *house, const Arguments *arguments, GError **error);
int cmd_log(House *house, const Arguments *arguments, GError **error);
int cmd_show(House *house, const Arguments *arguments, GError **error);
int cmd_files(House *house, const Arguments *arguments, GError **error);
int cmd_decide(House *house, const Arguments *arguments, GError **error);
int cmd_recheck(House *house, const Arguments *arguments, GError **error);
int cmd_campaign(House *house, const Arguments *arguments, GError **error);
int cmd_check(House *house, const Arguments *arguments, GError **error);
