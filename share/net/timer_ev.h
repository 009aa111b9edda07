/*
 * timer_ev: share/base/timer.h over libevent.
 *
 * Thread safety: belongs to the thread of its event_base.
 * Tests: t/unit/loop.c
 */
#ifndef TIMER_EV_H
#define TIMER_EV_H

#include "share/base/timer.h"

#include <event2/event.h>

/* Fills t with timers of base (borrowed for as long as t is used). */
void timer_ev_init(struct timers *t, struct event_base *base);

#endif
