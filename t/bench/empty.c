/*
 * empty: the yardstick of a start: does nothing, linked to the same libraries.
 */
#include "config.h"

int
main(void)
{
	return 0;
}
