/* Times: what the functions of dates and times share. */
#ifndef ATOOLS_FUNCTION_TIME_INNER_H
#define ATOOLS_FUNCTION_TIME_INNER_H

#include "value/datetime.h"
#include "value/value.h"

static inline struct civil time_civil_of_timestamp(const struct value *value)
{
    struct civil civil;
    datetime_local(value->integer, &civil);
    return civil;
}

static inline struct civil time_civil_of_date(const struct value *value)
{
    struct civil civil;
    datetime_date(value->integer, &civil);
    return civil;
}

#endif
