"""References and key concepts of the paper on local search for graph colouring."""

from __future__ import annotations

REFERENCES = [
    "Cheeseman, P., Kanefsky, B. and Taylor, W. M. (1991). Where the really hard problems are. In "
    "<i>Proceedings of IJCAI-91</i>, pages 331&ndash;337.",
    "Galinier, P. and Hao, J.-K. (1999). Hybrid evolutionary algorithms for graph coloring. "
    "<i>Journal of Combinatorial Optimization</i>, 3(4):379&ndash;397.",
    "Glover, F. (1989). Tabu search, part I. <i>ORSA Journal on Computing</i>, 1(3):190&ndash;206.",
    "Hertz, A. and de Werra, D. (1987). Using tabu search techniques for graph coloring. "
    "<i>Computing</i>, 39(4):345&ndash;351.",
    "Johnson, D. S., Aragon, C. R., McGeoch, L. A. and Schevon, C. (1991). Optimization by "
    "simulated annealing: An experimental evaluation; part II, graph coloring and number "
    "partitioning. <i>Operations Research</i>, 39(3):378&ndash;406.",
    "Karp, R. M. (1972). Reducibility among combinatorial problems. In <i>Complexity of Computer "
    "Computations</i>, pages 85&ndash;103. Plenum Press.",
    "Kirkpatrick, S., Gelatt, C. D. and Vecchi, M. P. (1983). Optimization by simulated annealing. "
    "<i>Science</i>, 220(4598):671&ndash;680.",
    "Minton, S., Johnston, M. D., Philips, A. B. and Laird, P. (1992). Minimizing conflicts: A "
    "heuristic repair method for constraint satisfaction and scheduling problems. <i>Artificial "
    "Intelligence</i>, 58(1&ndash;3):161&ndash;205.",
]

KEY_CONCEPTS = [
    "graph colouring",
    "local search",
    "local minimum",
    "number of conflicts",
    "random restarts",
    "simulated annealing",
    "temperature schedule",
    "tabu search",
    "equal budget of move evaluations",
    "planted solution",
    "average degree",
    "hardest problems near the threshold",
    "memory of recent moves",
]
