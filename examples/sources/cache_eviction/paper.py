"""The paper on cache eviction under drifting popularity (no episode: it is the unseen paper)."""

from __future__ import annotations

from ..common.model import Chart, Figure, Paper, Results, Series, Table
from .drawing import schematic
from .literature import KEY_CONCEPTS, REFERENCES

NAMES = {"fifo": "FIFO", "lru": "LRU", "lfu": "LFU", "aged": "Aged LFU", "sieve": "SIEVE"}


def paper(r: Results) -> Paper:
    """The paper with the numbers of the run `r`."""
    ratio, sweep = r["ratio"], r["sweep"]
    periods = [str(p) for p in r["periods"]]
    fast = periods[-1]
    rates = [0.0 if p == "0" else 100_000 / float(p) for p in periods]

    def pc(value: float, places: int = 1) -> str:
        return f"{100 * value:.{places}f}%"

    def hit(policy: str, period: str) -> str:
        return pc(ratio[policy][period])

    def points(value: float) -> str:
        return f"{100 * value:.1f}"

    rows = [["Requests per event", *NAMES.values()]]
    names = ["no drift" if p == "0" else f"{int(p):,}" for p in periods]
    rows += [[label, *(hit(n, p) for n in NAMES)] for label, p in zip(names, periods, strict=True)]
    lives = [["Half-life", "No drift", "Fast drift"]]
    lives += [[f"{h:,}", pc(sweep["0"][str(h)]), pc(sweep[fast][str(h)])] for h in r["half_lives"]]
    best_life = max(sweep[fast], key=lambda h: sweep[fast][h])
    windows = [r["window"] * (i + 0.5) / 1000 for i in range(len(r["windows"]["lru"]))]
    lfu = r["windows"]["lfu"]
    late_loss = max(lfu[4:8]) - min(lfu[-4:])
    return Paper(
        title="Yesterday's Favourites: Cache Eviction Under Drift",
        authors=[("Leonie Aschenbrandt", "1"), ("Samuel Okonjo-Pryce", "2"), ("Viveka Thorsell", "1")],
        affiliations=[
            "Distributed Systems Group, Technical University of Harzfeld",
            "Meridian Institute for Networked Computing",
        ],
        columns=2,
        abstract=f"""A cache must decide which object to give up when a new one arrives. Policies that count
        requests are excellent while popularity stands still, but they remember too well: objects that were
        popular yesterday keep their places. We replay synthetic request streams over {r["objects"]:,}
        objects, in which a tenth of all objects exchange their popularity at regular intervals, through
        five eviction policies with room for {pc(r["cache_share"], 0)} of the objects. Without drift,
        counting requests (LFU) hits {hit("lfu", "0")} of the time, close to the {pc(r["oracle"]["0"])} of
        an oracle, and least-recently-used (LRU) only {hit("lru", "0")}. With fast drift LFU falls to
        {hit("lfu", fast)}, below LRU, which loses almost nothing. SIEVE, a recent policy that stores one
        bit for each object, stays above LRU at every rate of drift. Letting the counts decay with a
        half-life keeps {hit("aged", fast)} under fast drift and costs
        {points(ratio["lfu"]["0"] - ratio["aged"]["0"])} points without it. The best half-life is comparable
        to the time between two changes.""",
        body=f"""
# Introduction

A cache is a small, fast store in front of a large, slow one. Browsers, processors, databases and
content-delivery networks all contain caches, and they all face the same question: when the cache is full
and a new object arrives, which object should leave? If the future were known, one would give up the object
whose next request is furthest away [1]. It is not known, and so every practical policy predicts the future
from the past.

There are two simple ways to do that. <i>Recency</i> says that what was used lately will be used again soon.
It leads to LRU, which evicts the object that has been idle for longest. <i>Frequency</i> says that what has
been used often will be used often. It leads to LFU, which evicts the object with the fewest requests.
Requests to many systems follow a Zipf law, in which few objects receive a large share of the requests [2],
and when such a law is fixed, frequency is the better predictor: counts converge to the true popularities.

Popularity, however, is not fixed. News grows old, videos go viral, and a program moves from one phase to
the next. A policy that counts requests over all time is then slow to notice. It keeps yesterday's
favourites, which have large counts that nobody adds to, and turns away the objects that replaced them. It
is well known that LFU has this weakness, and many remedies have been proposed [3, 4, 5]. Less often one
finds a plain measurement of how fast popularity must drift before recency beats frequency, and how well the
simple remedies do on the way.

We provide such a measurement with synthetic streams, in which the amount of drift is the only thing that
changes. We compare FIFO, LRU, LFU, LFU with decaying counts, and SIEVE, a recent policy that is almost as
simple as FIFO [6].

# Background

## Five policies

Figure 1 shows what each policy keeps in order. <i>FIFO</i> evicts the oldest arrival and does nothing on a
hit. <i>LRU</i> moves an object to the front on every hit and evicts from the back. It is never much worse
than the best possible policy with a somewhat smaller cache [7], but an object that is requested only once
occupies a place for as long as an object that is requested often.

@fig

<i>LFU</i> counts the requests of each object and evicts the one with the lowest count. We use the variant
that remembers counts of objects outside the cache; otherwise a new object could hardly ever compete.

<i>SIEVE</i> keeps objects in order of arrival, with one bit each. A hit sets the bit. To evict, a hand
moves from old to new; where it finds a set bit it clears it and moves on, and where it finds a clear bit it
evicts. Objects that were hit since the last pass of the hand survive in their places, so that new objects
must prove themselves quickly. The same idea is at the root of other recent designs [8].

## Counts that forget

<i>Aged LFU</i> replaces the count of an object by a sum over its past requests, in which each request loses
half its weight in <i>h</i> further requests to the cache. If the object was requested at times
<i>t<sub>j</sub></i>, its score at time <i>t</i> is

@eq

With a very short half-life <i>h</i> the latest request outweighs all others and the policy behaves as LRU;
with an infinite one it is LFU. The family between the two has been known for long as a spectrum from
recency to frequency [3]. Only one parameter has to be chosen, and our second question is how.

# Method

## A stream that drifts

There are {r["objects"]:,} objects. A request asks for the object of rank <i>i</i> with the probability

@eq

with &alpha; = {r["skew"]}. The ranks are assigned to objects at random. At each <i>drift event</i> a tenth
of all objects, chosen at random, exchange their ranks among themselves. The law itself never changes, only
who stands where. Consequently an oracle that always held the objects of the highest ranks would have the
same hit ratio in all streams, {pc(r["oracle"]["0"])}, and every loss that we observe under drift is a loss
of knowledge.

Each stream has {r["requests"]:,} requests. Events take place every 40,000, 20,000, 10,000, 5,000 or 2,500
requests, or never. All streams use the same sequence of random ranks, which removes much of the sampling
noise from comparisons between streams.

## Caches and measures

Each cache holds {r["cache"]} objects of equal size, {pc(r["cache_share"], 0)} of the total. Every miss
admits the object, so that the policies differ only in what they evict. We report the hit ratio after a
warm-up of {r["warm_up"]:,} requests. For the course over time we average the hits in windows of
{r["window"]:,} requests. The half-life of aged LFU is {r["half_life"]:,} requests unless we say otherwise.

# Results

## Frequency wins until the world moves

Table 1 and Figure 2 give the hit ratios. Without drift LFU reaches {hit("lfu", "0")}, less than one point
below the oracle. LRU reaches {hit("lru", "0")} and FIFO {hit("fifo", "0")}. Frequency is therefore worth
{points(ratio["lfu"]["0"] - ratio["lru"]["0"])} points over recency. SIEVE, with a single bit for each
object, obtains {hit("sieve", "0")} and thus most of that advantage.

@table

Drift changes the order. With an event every 20,000 requests LFU has fallen to {hit("lfu", "20000")}, with
one every 5,000 to {hit("lfu", "5000")}, and with one every 2,500 to {hit("lfu", fast)}. At that point it is
{points(ratio["lru"][fast] - ratio["lfu"][fast])} points worse than LRU and barely better than FIFO. LRU and
FIFO hardly react: from no drift to the fastest they lose {points(r["drop"]["lru"])} and
{points(r["drop"]["fifo"])} points. They know little, and so they have little to unlearn.

@fig

SIEVE loses {points(r["drop"]["sieve"])} points over the same range, less than LFU
({points(r["drop"]["lfu"])}) and more than LRU. It stays above LRU everywhere, though at the fastest drift
only by {points(ratio["sieve"][fast] - ratio["lru"][fast])} points. That it suffers at all may surprise,
since it stores no counts. But its favourites are protected by their position: a formerly popular object
leaves only when the hand comes round twice without a hit in between, and the hand moves slowly when many
bits are set.

## How damage accumulates

Figure 3 follows the hit ratio over time in the stream with an event every 20,000 requests. After the first
events LFU recovers well, because the counts are small and new favourites soon overtake the old ones. Later
events hurt more, and the recovery takes longer. In its last dip LFU is {points(late_loss)} points below its
early best. A count that has grown for a hundred thousand requests takes about as long to be overtaken. The
damage of LFU is thus not a fixed toll for each event; it grows with the age of the cache. Experiments that
are shorter than the deployment will underestimate it.

@fig

## Choosing how fast to forget

Aged LFU does not show this growth. With a half-life of {r["half_life"]:,} it is within
{points(ratio["lfu"]["0"] - ratio["aged"]["0"])} points of LFU when nothing drifts, and the best of the five
policies as soon as events occur every 20,000 requests or more often. Under the fastest drift it keeps
{hit("aged", fast)}, which is {points(ratio["aged"][fast] - ratio["lru"][fast])} points above LRU and
{points(ratio["aged"][fast] - ratio["lfu"][fast])} above LFU.

Table 2 varies the half-life. Without drift, longer is better, up to {pc(max(sweep["0"].values()))}. With
fast drift there is an optimum at {int(best_life):,} requests, a little longer than the {int(fast):,}
requests between events, and the ratio falls to both sides: shorter memories are too noisy to tell apart
objects of similar popularity, longer ones are out of date. The optimum is fortunately flat. Half or twice
the best half-life costs at most
{points(sweep[fast][best_life] - min(sweep[fast]["2000"], sweep[fast]["8000"]))} points.

@table

# Discussion

## What to use

If popularity is known to be stable, count. If it drifts at an unknown pace, let the counts decay; a
half-life that is wrong by a factor of two is still better than either extreme. If counting is too
expensive, as it is in caches that serve millions of requests a second, SIEVE is a good choice for slow
drift and still no worse than LRU for fast drift.

The results also show why LRU has survived so long. It is the worst but one of five policies on a stable
stream, but its performance does not depend on an assumption that may fail. A policy that learns more has
more to lose, and somebody has to watch whether what it has learned is still true. Adaptive policies such as
ARC [4] and the admission filters of TinyLFU [5] can be understood as ways to automate that watch.

## Limitations

Our streams are synthetic. Real popularity does not jump at regular intervals: objects rise quickly and fade
slowly, new objects appear, and requests come in bursts, which favours recency. Within our streams, requests
are independent between two events, which favours frequency. All objects have the same size and the same
cost. We tested one cache size, one Zipf exponent and one kind of drift, in which a tenth of the objects
change places. A miss always admits the object; admission control would change all five policies. And we ran
each stream once; the windows of Figure 3 show the size of the random variation, about one or two points,
while the ratios of Table 1 are averages over {r["requests"] - r["warm_up"]:,} requests and vary far less.

# Conclusion

How good a memory a cache should have depends on how fast the world changes. Counting all requests is nearly
optimal in a still world and worse than recency in a fast one, and the harm of old counts grows with the age
of the cache. A half-life of about the time between changes repairs this at a small price. Recency needs no
such choice, which is both its weakness and its strength.
""",
        figures=[
            Figure(
                "What the policies keep in order. The marked object is evicted next. SIEVE spares objects "
                "whose bit (dark square) is set, and clears it as its hand passes.",
                schematic,
                True,
                112,
            ),
            Figure(
                "Hit ratio of five policies against the rate of drift. LFU falls below LRU when "
                "popularity drifts fast; aged LFU stays high.",
                Chart(
                    "Drift events per 100,000 requests",
                    "Hit ratio",
                    [Series(NAMES[n], rates, [ratio[n][p] for p in periods]) for n in NAMES],
                    xticks=[0, 10, 20, 30, 40],
                    yticks=[0.40, 0.45, 0.50, 0.55, 0.60],
                    percent=True,
                ),
                True,
                175,
            ),
            Figure(
                f"Hit ratio over time (windows of {r['window']:,} requests) with a drift event every "
                "20,000 requests. The dips of LFU grow deeper as its counts grow older.",
                Chart(
                    "Requests (thousands)",
                    "Hit ratio",
                    [Series(NAMES[n], windows, r["windows"][n]) for n in ("lru", "lfu", "aged")],
                    xticks=[0, 20, 40, 60, 80, 100, 120, 140],
                    yticks=[0.40, 0.45, 0.50, 0.55, 0.60],
                    percent=True,
                    markers=False,
                ),
                False,
                170,
            ),
        ],
        tables=[
            Table("Hit ratio after warm-up, by number of requests between two drift events.", rows),
            Table(
                "Hit ratio of aged LFU by half-life (in requests), without drift and with an event every "
                f"{int(fast):,} requests.",
                lives,
            ),
        ],
        equations=[
            "<i>s</i>(<i>t</i>) = &Sigma;<sub><i>j</i></sub> 2<super>&minus;(<i>t</i> &minus; "
            "<i>t<sub>j</sub></i>)/<i>h</i></super>",
            "<i>p<sub>i</sub></i> = <i>i</i><super>&minus;&alpha;</super> / &Sigma;<sub><i>j</i></sub> "
            "<i>j</i><super>&minus;&alpha;</super>",
        ],
        references=REFERENCES,
        key_concepts=KEY_CONCEPTS,
    )
