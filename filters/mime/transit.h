/* Which way a message came: Received, and what the provider found out about its sender. */
#pragma once

#include "headers.h"

/* mail.received, mail.proved, mail.against. */
void transit_facts(Filter *filter, GMimeMessage *message, const Sender *sender);
