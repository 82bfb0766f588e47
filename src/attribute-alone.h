/* The files of a mail without a form: which of its sender's submissions they belong to. */
#pragma once

#include "attribution.h"

gboolean attribute_alone(Attribution *work, GError **error);
