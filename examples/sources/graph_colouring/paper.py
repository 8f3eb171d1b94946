"""The paper on local search for graph colouring."""

from __future__ import annotations

from ..common.model import Chart, Figure, Paper, Results, Series, Table
from .literature import KEY_CONCEPTS, REFERENCES

NAMES = {"restart": "Random restarts", "annealing": "Simulated annealing", "tabu": "Tabu search"}


def paper(r: Results) -> Paper:
    """The paper with the numbers of the run `r`."""
    success, steps, final = r["success"], r["steps"], r["final"]
    keys = [f"{d:.1f}" for d in r["densities"]]
    xs = [float(k) for k in keys]
    total = r["instances"]

    def share(method: str, key: str) -> str:
        return f"{100 * success[method][key]:.0f}%"

    def solved(method: str, key: str) -> str:
        return f"{success[method][key] * total:.0f}"

    def moves(method: str, key: str) -> str:
        return f"{steps[method][key]:,.0f}" if steps[method][key] else "&ndash;"

    rows = [["Average degree", *NAMES.values(), *(f"{n} (moves)" for n in ("Restarts", "Annealing", "Tabu"))]]
    rows += [[k, *(f"{solved(m, k)}/{total}" for m in NAMES), *(moves(m, k) for m in NAMES)] for k in keys]
    sweep = [["Start temperature", *r["sweep"]]]
    sweep.append(["Solved", *(f"{v * total:.0f}/{total}" for v in r["sweep"].values())])
    at = [250.0 * i / 1000 for i in range(len(r["traces"]["tabu"]))]
    traces = r["traces"]
    overtake = r["overtake"] / 1000
    error = 100 * (0.25 / total) ** 0.5
    best_sweep = max(r["sweep"], key=lambda k: r["sweep"][k])
    return Paper(
        title="Start Again, Cool Down or Remember? Local Search for Three-Colouring on a Fixed Budget",
        authors=[("Marisol Etxeberria", "1"), ("Dag Holmqvist", "2")],
        affiliations=[
            "Laboratory of Combinatorial Search, University of Valmere",
            "Department of Informatics, Tromby Institute of Technology",
        ],
        columns=1,
        letter=True,
        sans_heads=True,
        footnote="The graphs, the searches and the plots of this paper come from one script with fixed random seeds.",
        abstract=f"""A local search that improves a candidate solution step by step will sooner or later be
        stuck, and what it does then decides how well it works. We compare three answers on the problem of
        colouring a graph with three colours: to start again from a fresh random colouring, to accept some
        bad moves with a probability that is slowly lowered, and to forbid recent moves for a while. All
        three get the same budget of {r["budget"]:,} evaluated moves on the same random graphs of
        {r["vertices"]} vertices, each of which is known to have a solution. Tabu search solves
        {100 * r["overall"]["tabu"]:.0f}% of all instances, random restarts
        {100 * r["overall"]["restart"]:.0f}% and simulated annealing {100 * r["overall"]["annealing"]:.0f}%.
        On sparse graphs, however, plain restarts are the fastest of the three, and near an average degree
        of {r["hardest"]["tabu"]} every method has its worst moment. We argue that the gain of tabu search
        comes from looking only at vertices in conflict while refusing to undo what it has just done, and
        show that tuning the temperature of annealing does not close the gap at this budget.""",
        body=f"""
# Introduction

A university has to place its examinations into three days so that no student sits two on the same day. Draw
a point for each examination, join two points when they share a student, and the task becomes the colouring
of a graph: give each vertex one of three colours so that no edge has the same colour at both ends. The
problem is easy to state and, in general, hard to solve. Deciding whether three colours suffice is one of
the original NP-complete problems (Karp, 1972), and no algorithm is known that is fast on every graph.

Practitioners therefore often use local search. One begins with some colouring, usually a bad one, counts
the edges whose ends agree, and repairs it by changing the colour of one vertex at a time. Each change is
cheap, and the number of conflicts falls quickly at first. Then it stops falling. The search has reached a
colouring that no single change improves, although it still contains conflicts: a <i>local minimum</i>.
Everything that distinguishes one local search from another is its answer to this situation.

Three classical answers are compared here. The first is to give up and start again, in the hope that another
random beginning leads somewhere better. The second, simulated annealing, is to take a step uphill now and
then, more readily at the beginning than at the end (Kirkpatrick et al., 1983). The third, tabu search, is
always to take the best step available, even if it makes things worse, but to forbid the search to take it
back for some time (Glover, 1989; Hertz and de Werra, 1987). All three have been known for decades and each
has its advocates. Comparisons are often made difficult by unequal effort: a method that examines a hundred
candidates before each step is not comparable, step for step, with a method that examines one.

This paper reports a small experiment with equal effort. Its question is practical: if you can afford a
fixed and modest number of move evaluations, what should you do when the search is stuck? We find that
memory beats both randomness and patience, that the margin depends strongly on the density of the graph, and
that for easy graphs the simplest method is also the quickest.<super>*</super>

# Background

## Conflicts as an energy

Let a colouring assign one of three colours to each vertex. Its <i>cost</i> is the number of edges whose two
ends have the same colour,

@eq

where the bracket is one when its condition holds and zero otherwise. A proper colouring has cost zero. A
<i>move</i> gives a vertex <i>v</i> a new colour, and its effect on the cost can be found without looking at
the rest of the graph: it is the number of neighbours of <i>v</i> that have the new colour, minus the number
that have the old one. If these counts are stored in a table, evaluating a move takes constant time, and
carrying one out takes time proportional to the degree of <i>v</i>. We therefore measure effort in evaluated
moves.

## Where the hard problems are

Random graphs are not equally hard to colour. With few edges there are many proper colourings, and almost
any method finds one. With very many edges a graph that has a solution at all has few, but each mistake
produces many conflicts, so that the search is guided strongly. In between lies a region in which solutions
are rare and mistakes are not yet obvious. Cheeseman et al. (1991) found this pattern in several search
problems and located it near the point at which random graphs stop being colourable. For three colours this
happens at an average degree of about 4.7.

# Method

## Instances

We generate graphs with {r["vertices"]} vertices and a <i>planted</i> solution: the vertices are first
divided into three equal hidden classes, and edges are then drawn at random between vertices of different
classes until the desired average degree is reached. The hidden classes guarantee that a proper colouring
exists, so that a failure is always a failure of the search. We use average degrees of
{", ".join(keys[:-1])} and {keys[-1]}, and {total} graphs for each. Every method sees the same graphs.

## The three searches

<b>Random restarts.</b> Proposals change one random vertex to a random colour; one proposal in three picks
its vertex among those in conflict, as in the min-conflicts heuristic (Minton et al., 1992). A proposal is
carried out if it does not raise the cost. After {r["plateau"]} proposals without progress the search begins
again from a new random colouring.

<b>Simulated annealing.</b> A proposal that raises the cost by <i>d</i> is accepted with the probability

@eq

and other proposals are always accepted. The temperature <i>T</i> falls by a constant factor at each step,
from {r["start_temperature"]} to {r["end_temperature"]} over the whole budget. Section 4.3 varies the
starting value.

<b>Tabu search.</b> Each step evaluates all recolourings of all vertices in conflict and carries out the
best one that is not forbidden, whether or not it lowers the cost. The vertex may then not return to its old
colour for {r["tenure"]} steps plus a small random number that grows with the number of candidates, similar
to the scheme of Galinier and Hao (1999). Each evaluated candidate is charged to the budget, so one step of
tabu search may cost as much as fifty proposals of annealing.

## Budget and measures

Each run ends when a proper colouring is found or when {r["budget"]:,} moves have been evaluated. In total
there are {r["runs"]} runs. We report the number of graphs solved, the median number of evaluations over the
solved graphs, and the lowest cost reached by the runs that fail. With {total} graphs a share near one half
has a standard error of about {error:.0f} percentage points; we do not interpret differences smaller than
twice that.

# Results

## How often each search succeeds

Figure 1 shows the share of graphs solved. At an average degree of {keys[0]} the problem is easy: restarts
and tabu search solve all graphs, and annealing solves {share("annealing", keys[0])}. From there the curves
part. At {keys[2]} tabu search still solves {share("tabu", keys[2])}, whereas restarts have fallen to
{share("restart", keys[2])} and annealing to {share("annealing", keys[2])}. The worst point is the same for
all three, an average degree of {r["hardest"]["tabu"]}: tabu search solves {solved("tabu", "4.8")} of
{total} graphs, restarts {solved("restart", "4.8")}, annealing {solved("annealing", "4.8")}. On denser
graphs all three recover somewhat, and at {keys[-1]} the shares are {share("tabu", keys[-1])},
{share("restart", keys[-1])} and {share("annealing", keys[-1])}.

@fig

The position of the dip agrees with the literature: it lies where random graphs without a planted solution
would cease to be colourable. Over all densities tabu search solves {100 * r["overall"]["tabu"]:.0f}%,
restarts {100 * r["overall"]["restart"]:.0f}% and annealing {100 * r["overall"]["annealing"]:.0f}% of the
graphs. The difference between the last two is within the error of the experiment at most densities; the
difference between tabu search and either of them is not.

## How fast, and how close

Table 1 adds the effort. On the sparsest graphs restarts need a median of {moves("restart", keys[0])}
evaluations, tabu search {moves("tabu", keys[0])} and annealing {moves("annealing", keys[0])}. Annealing is
slow here by design: it spends the first part of its budget at a temperature at which it refuses to settle,
even when the problem would allow it. Restarts simply run downhill, and on a sparse graph downhill is where
the solutions are.

@table

The median counts only solved graphs, so it should not be compared across methods on hard graphs, where a
method that solves two graphs may have solved the two easiest. Figure 2 avoids the problem by following the
best cost found so far, averaged over all graphs of average degree 4.8. Restarts fall fastest in the first
moments and then flatten. Tabu search is the slowest to begin with, since with many vertices in conflict
each of its steps pays for many candidates; but it keeps falling, and after about {overtake:.1f} thousand
evaluations it has overtaken both rivals for good. At the end of the budget the solved and the failed runs
together leave {final["tabu"]["4.8"]:.1f} conflicts for tabu search, {final["restart"]["4.8"]:.1f} for
restarts and {final["annealing"]["4.8"]:.1f} for annealing. A failure of any of the three is thus a near
miss: a handful of bad edges among {4.8 * r["vertices"] / 2:.0f}.

@fig

## Does annealing only need better tuning?

A fair objection is that annealing depends on its temperatures. Table 2 varies the starting temperature at
an average degree of {r["sweep_density"]}. The best value, {best_sweep}, solves
{r["sweep"][best_sweep] * total:.0f} of {total} graphs, against {solved("tabu", "4.2")} for tabu search on
the same graphs. The hottest start does worst, but among the other values there is no difference that our
sample could establish. What annealing lacks at this budget is not the right temperature but time. Johnson
et al. (1991), who gave it hours rather than a fraction of a second, found it highly competitive on random
graphs.

@table

# Discussion

## Why memory helps

Tabu search differs from the other two in two ways, and they support each other. First, it looks only at
vertices in conflict. Near the end of a search there may be six of them among {r["vertices"]}; a proposal on
a random vertex is then wasted more than nine times out of ten. Second, it remembers. Without the ban, a
greedy search that is forced uphill would step straight back down, and would do so for ever. The ban turns
the same greedy rule into a walk along the bottom of the valley, and the walk goes on until it finds a way
out. A restart throws away everything that the search has learned about the graph. Annealing keeps its
position but forgets where it has been.

For somebody who has to choose, the results suggest an order of attempts. Begin with a few quick restarts,
since they cost almost nothing and suffice on easy problems. If they fail, change to tabu search rather than
to more restarts. Use annealing if the budget is large and the time to tune it is not an issue.

## Limitations

Our graphs are small and random. Timetables and register-allocation graphs have structure, cliques in
particular, that random graphs lack, and the order of the methods may change. A planted solution makes dense
graphs easier than unplanted ones. We tested one budget, and annealing in particular is known to improve
with patience; a budget a hundred times larger could reverse its position relative to restarts. The restart
limit and the length of the ban were not tuned. Finally, charging one unit for each evaluated move ignores
that carrying out a move costs more than evaluating it, which favours tabu search in our accounting less
than one might fear, since it carries out few moves and evaluates many.

# Conclusion

With a fixed and small number of move evaluations, remembering recent moves was worth more than starting
again and more than cooling down slowly. Tabu search solved about twice as many planted three-colouring
problems as either rival, and its lead was largest on graphs of medium density. On the easiest graphs,
starting again was quickest. All three methods met their hardest problems at the same place, close to the
known threshold of random three-colouring.
""",
        figures=[
            Figure(
                f"Share of the {total} planted graphs solved within {r['budget']:,} evaluated moves, by "
                "average degree. All three searches are weakest at an average degree of 4.8.",
                Chart(
                    "Average degree of the graph",
                    "Graphs solved",
                    [Series(NAMES[m], xs, [success[m][k] for k in keys]) for m in NAMES],
                    xticks=xs,
                    yticks=[0, 0.25, 0.5, 0.75, 1.0],
                    percent=True,
                ),
                True,
                190,
            ),
            Figure(
                "Lowest number of conflicts found so far, averaged over all graphs of average degree 4.8, "
                "against the effort spent. Solved runs count as zero.",
                Chart(
                    "Evaluated moves (thousands)",
                    "Conflicts left (mean)",
                    [Series(NAMES[m], at, traces[m]) for m in NAMES],
                    xticks=[0, 2, 4, 6, 8, 10, 12],
                    yticks=[0, 10, 20, 30, 40, 50, 60, 70],
                    markers=False,
                ),
                True,
                180,
            ),
        ],
        tables=[
            Table(
                "Graphs solved, and the median number of evaluated moves over the solved graphs, by "
                "average degree.",
                rows,
            ),
            Table(
                "Simulated annealing with different starting temperatures at an average degree of "
                f"{r['sweep_density']}.",
                sweep,
                (0.3, *[0.14] * 5),
            ),
        ],
        equations=[
            "<i>E</i>(<i>c</i>) = &Sigma;<sub>(<i>u</i>,<i>v</i>) &isin; edges</sub> "
            "[<i>c</i>(<i>u</i>) = <i>c</i>(<i>v</i>)]",
            "P(accept) = exp(&minus;<i>d</i> / <i>T</i>)",
        ],
        references=REFERENCES,
        key_concepts=KEY_CONCEPTS,
    )
