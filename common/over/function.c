/* The window functions that are no aggregates: one row each, which the parser, its hints and the manual have them from.
 * Examples are run by a test over the rows x: 10 20 20 null 40, `over (order by x)`, which gives them for the row of
 * 40. */
#include "over/over.h"
#include "over/over_inner.h"

static const struct window_function rows[] = {
    {{"row_number", NULL, "", "Int", "The row's number in its partition, from 1", "row_number() => 5"},
     0, 0, .kind = WINDOW_ROW_NUMBER},
    {{"rank", NULL, "", "Int", "One more than the rows before it that are not its peers, the rows of equal order",
      "rank() => 5"}, 0, 0, .kind = WINDOW_RANK},
    {{"dense_rank", NULL, "", "Int", "The same without gaps", "dense_rank() => 4"}, 0, 0, .kind = WINDOW_DENSE_RANK},
    {{"percent_rank", NULL, "", "Double", "(rank - 1) / (rows - 1), 0 in a partition of one row",
      "percent_rank() => 1.0"}, 0, 0, .kind = WINDOW_PERCENT_RANK},
    {{"cume_dist", NULL, "", "Double", "The share of the partition's rows up to its last peer", "cume_dist() => 1.0"},
     0, 0, .kind = WINDOW_CUME_DIST},
    {{"ntile", NULL, "n", "Int", "Which of n parts of the partition, nearly equal in size, it is in, from 1",
      "ntile(2) => 2"}, 1, 1, .kind = WINDOW_NTILE},
    {{"lag", NULL, "x[, n[, default]]", "As x",
      "x of the row n rows before (1); the default (null) where there is none. With ignore nulls behind the call, rows "
      "whose x is null are not counted", "lag(x, 2) => 20\nlag(x) ignore nulls => 20\nlag(x, 9, -1) => -1"},
     1, 3, .skips = true, .kind = WINDOW_LAG},
    {{"lead", NULL, "x[, n[, default]]", "As x", "The same of the row n rows behind", "lead(x, 1, 0) => 0"},
     1, 3, .skips = true, .kind = WINDOW_LEAD},
    {{"first_value", "first any_value", "x[, ignore]", "As x",
      "x of the frame's first row; with true, or ignore nulls behind, of the first that is not null",
      "first_value(x) => \\N\nfirst_value(x, true) => 10"},
     1, 2, .frame = true, .skips = true, .kind = WINDOW_FIRST_VALUE},
    {{"last_value", "last", "x[, ignore]", "As x", "The same of the frame's last row", "last_value(x) => 40"},
     1, 2, .frame = true, .skips = true, .kind = WINDOW_LAST_VALUE},
    {{"nth_value", NULL, "x, n", "As x", "The same of its row n, from 1; null if there are not so many",
      "nth_value(x, 2) => 10\nnth_value(x, 2) ignore nulls => 20"},
     2, 2, .frame = true, .skips = true, .kind = WINDOW_NTH_VALUE},
};

const struct window_function *over_function_at(size_t number)
{
    return number < sizeof rows / sizeof *rows ? &rows[number] : NULL;
}
