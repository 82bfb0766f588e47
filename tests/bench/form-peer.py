"""What reading a form is compared with: all text of all paragraphs and cells, got by python-docx.

    form-peer.py FILE TIMES

Prints CPU milliseconds a reading: for opening it alone, with the cells of each table at once, and row by row; then the
bytes of memory held at most. Imports and a first reading are not counted."""

import resource
import sys
import time

import docx


def opened(path):
    docx.Document(path)


def at_once(path):
    """By a private property, as somebody does who knows what row by row costs."""
    document = docx.Document(path)
    return [paragraph.text for paragraph in document.paragraphs] + \
        [cell.text for table in document.tables for cell in table._cells]


def row_by_row(path):
    """As python-docx documents it, and as most do: for each row it makes out all cells of the table again."""
    document = docx.Document(path)
    return [paragraph.text for paragraph in document.paragraphs] + \
        [cell.text for table in document.tables for row in table.rows for cell in row.cells]


def milliseconds(read, path, times):
    read(path)
    begin = time.process_time()
    for _ in range(times):
        read(path)
    return 1000 * (time.process_time() - begin) / times


def main():
    path, times = sys.argv[1], int(sys.argv[2])
    print(*(milliseconds(read, path, times) for read in (opened, at_once, row_by_row)),
          resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


if __name__ == "__main__":
    main()
