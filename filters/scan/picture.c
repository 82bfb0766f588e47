/* Pages of a picture, by leptonica: one, or those of a TIFF. */
#include "readers.h"

#include <leptonica/allheaders.h>
#include <string.h>

#define PIXELS_LIMIT (100 * 1000 * 1000)
#define BYTES_LIMIT  (256 * 1024 * 1024)
#define PAGES_LIMIT  200
/* Decoding costs time; the first pages tell whether a file is whole. */
#define PAGES_DECODED 20
/* Cameras and programs write 72 or 96 for “not known”. */
#define MIN_DPI 100

static const gchar *read_page(Scan *scan, const guint8 *data, gsize size, l_int32 format, int n);
static const gchar *tiff_read(Scan *scan, const guint8 *data, gsize size, l_int32 format);

const gchar *picture_read(Scan *scan, const guint8 *data, gsize size)
{
    /* leptonica looks at the first 12 bytes. */
    l_int32 format = IFF_UNKNOWN;
    if (size < 12)
        return "scan.corrupt_file";
    findFileFormatBuffer(data, &format);
    switch (format) {
    case IFF_JFIF_JPEG:
    case IFF_PNG:
    case IFF_BMP:
    case IFF_GIF:
        return read_page(scan, data, size, format, 0);
    default:
        return L_FORMAT_IS_TIFF(format) ? tiff_read(scan, data, size, format) : "scan.unsupported";
    }
}

static const gchar *tiff_read(Scan *scan, const guint8 *data, gsize size, l_int32 format)
{
    FILE *file = fopenReadFromMemory(data, size);
    l_int32 pages = 0;
    gboolean counted = file != NULL && tiffGetCount(file, &pages) == 0;
    if (file != NULL)
        fclose(file);
    if (!counted || pages < 1)
        return "scan.corrupt_file";
    if (pages > PAGES_LIMIT)
        return "scan.too_large";
    const gchar *note = NULL;
    for (l_int32 i = 0; note == NULL && i < pages; i++)
        note = read_page(scan, data, size, format, i);
    return note;
}

/* A JPEG is decoded at an eighth. libjpeg warns of many things; a file that ends with its mark of
 * the end is not cut. */
static PIX *decode_jpeg(const guint8 *data, gsize size)
{
    l_int32 warnings = 0;
    PIX *pix = pixReadMemJpeg(data, size, 0, 8, &warnings, 0);
    if (pix != NULL && warnings > 0 && memcmp(data + size - 2, "\xff\xd9", 2) != 0)
        pixDestroy(&pix);
    return pix;
}

static PIX *decode(const guint8 *data, gsize size, l_int32 format, int n)
{
    if (format == IFF_JFIF_JPEG)
        return decode_jpeg(data, size);
    if (L_FORMAT_IS_TIFF(format))
        return pixReadMemTiff(data, size, n);
    return pixReadMem(data, size);
}

static const gchar *read_page(Scan *scan, const guint8 *data, gsize size, l_int32 format, int n)
{
    l_int32 width = 0, height = 0, bits = 0, samples = 0;
    l_int32 unused;
    gboolean tiff = L_FORMAT_IS_TIFF(format);
    l_ok failed =
        tiff ? readHeaderMemTiff(data, size, n, &width, &height, &bits, &samples, NULL, NULL, NULL)
             : pixReadHeaderMem(data, size, &unused, &width, &height, &bits, &samples, NULL);
    if (failed || width < 1 || height < 1)
        return "scan.corrupt_file";
    gint64 pixels = (gint64)width * height;
    if (pixels > PIXELS_LIMIT || pixels * MAX(bits * samples, 1) / 8 > BYTES_LIMIT)
        return "scan.too_large";
    PIX *pix = n < PAGES_DECODED ? decode(data, size, format, n) : NULL;
    if (pix == NULL && n < PAGES_DECODED)
        return "scan.corrupt_file";
    double x = pix != NULL ? pixGetXRes(pix) : 0, y = pix != NULL ? pixGetYRes(pix) : 0;
    pixDestroy(&pix);
    gboolean known = x >= MIN_DPI && y >= MIN_DPI;
    scan_page(scan, known ? width / x * 25.4 : 0, known ? height / y * 25.4 : 0);
    return NULL;
}
