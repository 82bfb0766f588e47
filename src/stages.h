/* The stages that poll and import share, from fetched mail to findings and queued answers. */
#pragma once

#include "command.h"

/* extract → sort → judge, which queues the answers. *status becomes the worst of what was put off;
 * FALSE when the work could not go on. */
gboolean stages_run(House *house, int *status, GError **error);
