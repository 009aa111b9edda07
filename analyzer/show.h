/*
 * show: one report whole.
 *
 *	show [--json | --raw] REPORT
 *
 * REPORT is its number in list, its report-id, or how that begins where only
 * one does. --raw writes the JSON as the sender wrote it, where [report.analysis]
 * keep-raw had it kept.
 *
 * Exit status: 0; 1 no such report, or no text of it; 64 usage, several reports
 * of that name; 69 no store yet, 75 try again.
 *
 * Thread safety: none. Tests: t/system/ingest.t
 */
#ifndef SHOW_H
#define SHOW_H

#include "share/conf/conf.h"

/* The command; gives the exit status. */
int show_main(const struct conf *c, const char *conf_path, int argc,
    char **argv);

#endif
