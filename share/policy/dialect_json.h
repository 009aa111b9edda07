/*
 * dialect_json: a decision with its reason trail, for programs and people.
 *
 * The reply is "OK " and one JSON object, described in tlsherald-json(7).
 * Text from the network is escaped to printable ASCII before it enters.
 *
 * Thread safety: no state. Tests: t/unit/dialect.c, t/policy
 */
#ifndef DIALECT_JSON_H
#define DIALECT_JSON_H

#include "share/policy/dialect.h"

extern const struct dialect dialect_json;

#endif
