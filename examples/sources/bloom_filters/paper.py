"""The paper on Bloom filter layouts."""

from __future__ import annotations

from ..common.model import Chart, Figure, Paper, Results, Series, Table
from .drawing import schematic
from .literature import KEY_CONCEPTS, REFERENCES

NAMES = {"standard": "Standard", "double": "Double hashing", "blocked": "Blocked", "balanced": "Two-choice"}


def paper(r: Results) -> Paper:
    """The paper with the numbers of the run `r`."""
    bits = [str(b) for b in r["bits_per_key"]]
    table = r["table"]

    def rate(layout: str, b: int, places: int = 2) -> str:
        return f"{100 * table[layout][str(b)]['rate']:.{places}f}%"

    def cell(layout: str, b: int, key: str, places: int = 2) -> str:
        return f"{table[layout][str(b)][key]:.{places}f}"

    def ratio(layout: str, b: int) -> str:
        return f"{r['ratio_' + layout][str(b)]:.2f}"

    xs = [float(b) for b in bits]
    curves = [
        Series(NAMES[n], xs, [table[n][b]["rate"] for b in bits]) for n in ("standard", "blocked", "balanced")
    ]
    curves.append(Series("Poisson model", xs, [r["blocked_theory"][b] for b in bits]))
    ratios = [
        Series(NAMES[n], xs, [r["ratio_" + n][b] for b in bits]) for n in ("double", "blocked", "balanced")
    ]
    rows = [["Bits per key", "<i>k</i>", "Standard", "Double", "Blocked", "Two-choice"]]
    rows += [[b, f"{table['standard'][b]['hashes']}", *[rate(n, int(b), 3) for n in NAMES]] for b in bits]
    lines = [["Layout", "Cache lines", "Load s.d.", "Fullest block"]]
    lines += [
        [NAMES[n], cell(n, 10, "lines", 1), cell(n, 10, "load_sd", 2), cell(n, 10, "load_max", 0)]
        for n in ("standard", "blocked", "balanced")
    ]
    lines[1][2:] = ["&ndash;", "&ndash;"]
    double_worst = max(abs(r["ratio_double"][b] - 1.0) for b in bits)
    return Paper(
        title="One Cache Line or Many: What Locality Costs a Bloom Filter",
        authors=[("Ines Haverkamp", "1"), ("Tobias Lindqvist-Ray", "2"), ("Oyelaran Adebisi", "1")],
        affiliations=[
            "Department of Computing, Northmere University",
            "Institute for Applied Algorithms, Skagen Polytechnic",
        ],
        running_head="One Cache Line or Many",
        columns=2,
        abstract=f"""A Bloom filter answers "have I seen this key?" in a few bits per key, at the price of
        occasional false alarms. On present hardware its cost is not arithmetic but memory traffic: each of
        its probes may fetch another cache line. Blocked filters confine all probes of a key to one
        {r["block_bits"]}-bit line. We measure what this locality costs in accuracy, with {r["keys"]:,} keys
        and {r["queries"]:,} absent queries, from {bits[0]} to {bits[-1]} bits per key. The penalty grows
        with the memory budget: a blocked filter makes {ratio("blocked", 6)} times as many false alarms as a
        standard one at {bits[0]} bits per key, but {ratio("blocked", 16)} times as many at {bits[-1]}. The
        cause is uneven block load, and a Poisson model predicts it closely. We then test an obvious repair,
        placing each key into the emptier of two blocks. It evens out the load almost perfectly and yet
        makes the filter worse, because every query must now search two blocks. Double hashing, in contrast,
        is free within the noise of our measurement.""",
        body=f"""
# Introduction

Suppose that a storage engine must decide, for each of many files on disk, whether a key might be inside.
Opening a file for nothing is slow, so engines keep in memory a small summary of the keys of each file. The
summary may err in one direction only: it may send us to a file that does not hold the key, but it must
never hide a key that is there. The structure that Bloom proposed for this purpose [1] is half a century old
and is still the first choice in databases, web caches and routers [2].

A Bloom filter is an array of <i>m</i> bits, all zero at first. To insert a key we compute <i>k</i> hash
values and set the bits that they name. To look a key up we inspect the same <i>k</i> bits. If one of them
is zero, the key was certainly never inserted. If all are one, it probably was; but other keys may have set
those bits by chance, and then the filter raises a <i>false positive</i>. The rate of these false alarms is
the quality of the filter, and the memory spent on each key, <i>m/n</i>, is its price.

When Bloom wrote, the cost of a probe was the cost of computing a hash. Today a hash takes a few
nanoseconds, while a read that misses every processor cache takes about a hundred. A large filter is spread
over far more memory than the caches hold, so that each probe of a standard filter is likely to fetch a
cache line of its own. Putze, Sanders and Singler therefore proposed the <i>blocked</i> filter [3]: one hash
value chooses a block as large as a cache line, and all the bits of the key lie inside it. One lookup, one
memory access.

It is common knowledge that locality costs some accuracy. How much, under which budgets, and whether the
loss can be repaired, is less often stated in numbers. This paper makes three contributions. We measure the
penalty of blocking over a range of budgets in one controlled setting (Section 4.1). We trace it to the
uneven load of the blocks and check the explanation against a model (Section 4.2). And we report a negative
result: balancing the load with two choices [4, 5] removes the cause and still makes the filter worse
(Section 4.3).

# Background

## The standard filter

If the hash values behave as independent uniform draws, a given bit is still zero after <i>n</i> insertions
with probability close to <i>e</i><super>&minus;<i>kn/m</i></super>. A key that was never inserted is
reported as present when all its <i>k</i> bits happen to be set, which gives the well-known estimate

@eq

The estimate is smallest when half of the bits are set, that is when <i>k</i> = (<i>m/n</i>) ln 2. With the
best <i>k</i> each further bit per key multiplies the error by about 0.62. We use the nearest whole number
of hashes throughout, as any implementation must.

Kirsch and Mitzenmacher showed that <i>k</i> separate hash functions are not needed [6]. Two values <i>a</i>
and <i>b</i> are enough: probe number <i>i</i> goes to position <i>a</i> + <i>ib</i> modulo <i>m</i>. Their
analysis says that the loss vanishes for large filters. We include this <i>double hashing</i> variant
because it is nearly universal in practice, and because it serves as a control: it changes the hash values
but not where in memory the bits may lie.

## Blocks and their load

A blocked filter is, in effect, a row of small Bloom filters with a sorting clerk in front. The clerk sends
each key to one block at random, and the block handles it alone. Figure 1 shows where the bits of one key
may fall. The trouble is that the clerk is blind. If there are <i>B</i> = <i>m</i>/{r["block_bits"]} blocks,
the number of keys in a block follows a binomial law that is close to a Poisson law with mean <i>n/B</i>.
Some blocks are given many keys and answer badly; others are given few and waste their memory. As the error
of a small filter rises steeply with its load, the crowded blocks lose more than the quiet ones gain.
Averaging over the load <i>L</i> gives

@eq

where <i>s</i> is the number of bits in a block. The sum was derived together with the blocked filter
itself [3]. It has no closed form, but a few lines of code evaluate it.

@fig

# Method

## Layouts under test

We compare four layouts that differ in nothing but the positions of their bits. <i>Standard</i> draws each
of the <i>k</i> positions with its own hash function. <i>Double hashing</i> derives them from two values.
<i>Blocked</i> uses one value to choose a block of {r["block_bits"]} bits, the size of a cache line on most
current processors, and then <i>k</i> values inside it. <i>Two-choice</i> computes two candidate blocks for
each key and inserts the key into the one that has received fewer keys so far. Since a later query cannot
know which block was chosen, it must search both and report the key if either block contains all its bits.

All hash values come from the SplitMix64 finaliser [7] with a different salt for each function. The same
salts are used for every layout, so that the differences between layouts do not come from a lucky choice of
hash functions.

## Workload and measures

We insert {r["keys"]:,} distinct random 64-bit keys and then ask for {r["queries"]:,} other keys, none of
which was inserted. The share of those that are reported as present is the false-positive rate. The budgets
are {", ".join(bits[:-1])} and {bits[-1]} bits per key. With one million queries a rate of
{100 * table["standard"]["10"]["rate"]:.2f}% has a standard error of about
{100 * (table["standard"]["10"]["rate"] / r["queries"]) ** 0.5:.3f} percentage points, which is far below
the effects that we discuss.

We also count the cache lines that one lookup of an absent key has to fetch on average. A standard filter
may stop at the first zero bit, and so it does not pay for all <i>k</i> probes: with half of the bits set it
needs about two. A blocked filter needs exactly one line. A two-choice filter needs two.

# Results

## The price of one cache line

Table 1 lists the measured rates. The standard filter follows Equation 1 closely: the theory asks for
{100 * r["theory"]["10"]:.2f}% at ten bits per key and we observe {rate("standard", 10)}. Double hashing is
indistinguishable from it; over all budgets its rate differs by at most {100 * double_worst:.1f}% of the
standard rate, in both directions.

@table

Blocking is different. Figure 2 draws the rates on a logarithmic scale, and the curves drift apart as memory
grows. At {bits[0]} bits per key the blocked filter makes {ratio("blocked", 6)} times as many false alarms
as the standard one, which nobody would notice. At ten bits the factor is {ratio("blocked", 10)}; at
{bits[-1]} bits it reaches {ratio("blocked", 16)}, {rate("blocked", 16, 3)} against
{rate("standard", 16, 3)}. Put otherwise, the blocked filter at {bits[-1]} bits is not much better than a
standard one at fourteen ({rate("standard", 14, 3)}): the last two bits per key buy back little more than
what blocking took away.

@fig

## Uneven load explains the penalty

Table 2 gives the spread of the load. At ten bits per key a block holds
{cell("blocked", 10, "load_mean", 1)} keys on average, with a standard deviation of
{cell("blocked", 10, "load_sd", 1)}, and the fullest block holds {cell("blocked", 10, "load_max", 0)}. A
block with that many keys has only {r["block_bits"] / table["blocked"]["10"]["load_max"]:.1f} bits for each
of them rather than ten.

@table

The Poisson model of Equation 2 uses nothing but this unevenness, and it fits. At ten bits per key it
predicts {100 * r["blocked_theory"]["10"]:.2f}% and we measure {rate("blocked", 10)}; at {bits[-1]} bits it
predicts {100 * r["blocked_theory"]["16"]:.3f}% and we measure {rate("blocked", 16, 3)}. In Figure 2 the
model's curve lies on top of the measured one. It also tells us why the penalty grows with the budget. With
more bits per key each block holds fewer keys, so the load varies more <i>relative</i> to its mean: the
ratio of standard deviation to mean is
{table["blocked"]["6"]["load_sd"] / table["blocked"]["6"]["load_mean"]:.2f} at {bits[0]} bits and
{table["blocked"]["16"]["load_sd"] / table["blocked"]["16"]["load_mean"]:.2f} at {bits[-1]}. At the same
time the error becomes a steeper function of the load, because more hashes must all succeed.

## Balancing the load does not help

If uneven load is the disease, balancing should be the cure. The power of two choices is famous: giving each
ball two random bins and putting it into the emptier one shrinks the largest load dramatically [4, 5]. It
does so here. The standard deviation of the load falls from {cell("blocked", 10, "load_sd", 1)} to
{cell("balanced", 10, "load_sd", 2)}, and the fullest block holds {cell("balanced", 10, "load_max", 0)} keys
rather than {cell("blocked", 10, "load_max", 0)} (Table 2).

Nevertheless the two-choice filter is the worst of the four at every budget. Figure 3 shows the rates
relative to the standard filter. The two-choice filter makes {ratio("balanced", 6)} times as many false
alarms at {bits[0]} bits and {ratio("balanced", 16)} times as many at {bits[-1]}. The reason is plain once
it is said. Each block is now an almost ideal small filter, with an error close to that of Equation 1. But a
query searches two of them, and it is fooled if either is: the error is 1 &minus; (1 &minus;
<i>f</i>)<super>2</super>, which is nearly 2<i>f</i>. The factor of two is the price of not knowing where
the key went.

@fig

The two effects race each other. The penalty of blocking grows with the budget, while the penalty of two
choices stays near two. At {bits[-1]} bits they have almost met: {ratio("blocked", 16)} for the blind clerk
and {ratio("balanced", 16)} for the careful one. If the trend holds, the careful clerk wins on accuracy
somewhere beyond our range, although it still reads twice as much memory.

# Discussion

## When to block

The measurements support a simple rule. Up to about ten bits per key, blocking is a bargain: it replaces
{cell("standard", 10, "lines", 1)} memory accesses with one and costs less than a fifth more false alarms. A
designer who cares about the total cost of a negative lookup should take it. From fourteen bits upwards the
choice depends on what a false alarm costs. If it costs a disk read, the standard filter deserves its second
cache line; if it costs a probe of a hash table in memory, it probably does not. A blocked filter with some
more memory is a third option. The curves of Figure 2 suggest that one or two additional bits per key pay
for the locality over most of the range.

The negative result has a wider lesson. A repair should be judged by the quantity that we care about, not by
the quantity that explains it. Load imbalance explains the penalty of blocking very well, and two choices
abolish the imbalance, but the filter exists to answer queries and not to have level blocks. Structures that
do profit from two choices, such as cuckoo filters [8], store a fingerprint of the key rather than anonymous
bits, so that searching a second bucket adds little to the error.

## Limitations

We measured error rates and counted cache lines; we did not measure time. On a real processor, prefetching
lets the two lines of a two-choice lookup travel at the same moment, and vector instructions can test a
whole block at once. Both would shift the trade-off. Our keys are uniformly random and our hash functions
are good; an adversary who can choose keys, or a weak hash, would break all four layouts. We filled every
filter to its planned capacity and no further, and the set of keys never changed. Finally, {r["keys"]:,}
keys make a filter of at most {16 * r["keys"] / 8 / 1024:.0f} kibibytes, small enough for a second-level
cache. The error rates do not depend on the size, but the argument about memory traffic applies to filters
much larger than this one.

# Conclusion

Keeping all bits of a key in one cache line costs almost nothing at {bits[0]} bits per key and almost
doubles the false alarms at {bits[-1]}. The whole penalty comes from uneven block load, and a one-line
Poisson sum predicts it. Levelling the load with two choices fails, because searching two blocks doubles the
error. Double hashing remains what it was: a simplification without a price.
""",
        figures=[
            Figure(
                "Where the bits of one key may lie. A standard filter scatters them over many cache "
                "lines; a blocked filter keeps them in one; a two-choice filter also keeps them in one, "
                "but a query must search two.",
                schematic,
                True,
                118,
            ),
            Figure(
                "False-positive rate against memory for three layouts, on a logarithmic scale, with the "
                "Poisson model of Equation 2 for the blocked filter. The gap between blocked and standard "
                "widens.",
                Chart(
                    "Bits per key",
                    "False-positive rate",
                    curves,
                    xticks=xs,
                    yticks=[0.0003, 0.001, 0.003, 0.01, 0.03, 0.12],
                    log_y=True,
                ),
                False,
                178,
            ),
            Figure(
                "False alarms of each layout relative to the standard filter at the same memory. Double "
                "hashing stays at one, two-choice stays near two, and blocked climbs from one towards two.",
                Chart(
                    "Bits per key",
                    "Rate relative to standard",
                    ratios,
                    xticks=xs,
                    yticks=[0.5, 1.0, 1.5, 2.0, 2.5],
                    legend="center left",
                ),
                False,
                165,
            ),
        ],
        tables=[
            Table(
                f"False-positive rate of the four layouts ({r['queries']:,} absent keys); <i>k</i> is the "
                "number of hashes.",
                rows,
                (0.16, 0.08, 0.19, 0.19, 0.19, 0.19),
            ),
            Table(
                "Memory traffic and block load at ten bits per key. Cache lines are the mean number "
                "fetched by a lookup of an absent key; the load is counted in keys per block.",
                lines,
            ),
        ],
        equations=[
            "<i>f</i> = (1 &minus; <i>e</i><super>&minus;<i>kn/m</i></super>)<super><i>k</i></super>",
            "<i>f</i><sub>b</sub> = &Sigma;<sub><i>L</i></sub> P(<i>L</i>) "
            "[1 &minus; (1 &minus; 1/<i>s</i>)<super><i>kL</i></super>]<super><i>k</i></super>",
        ],
        references=REFERENCES,
        key_concepts=KEY_CONCEPTS,
    )
