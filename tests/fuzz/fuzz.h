/* What a filter's own tests/fuzz/NAME.c may say to the target that they share. */
#pragma once

#include <glib.h>

/* The file that an input stands for; without it, an input is the file. The caller frees. */
__attribute__((weak)) GBytes *fuzz_file(const guint8 *input, gsize size);

/* libFuzzer's (llvm.org/docs/LibFuzzer.html). */
gsize LLVMFuzzerMutate(guint8 *data, gsize size, gsize max);
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
gsize LLVMFuzzerCustomMutator(guint8 *data, gsize size, gsize max, unsigned seed);
gsize LLVMFuzzerCustomCrossOver(const guint8 *one, gsize size_one, const guint8 *other,
                                gsize size_other, guint8 *out, gsize max, unsigned seed);
