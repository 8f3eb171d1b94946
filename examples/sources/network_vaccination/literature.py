"""References and key concepts of the paper on vaccination in contact networks."""

from __future__ import annotations

REFERENCES = [
    "Barabási, A.-L. and Albert, R. (1999). Emergence of scaling in random networks. <i>Science</i>, "
    "286(5439):509&ndash;512.",
    "Cohen, R., Havlin, S. and ben-Avraham, D. (2003). Efficient immunization strategies for "
    "computer networks and populations. <i>Physical Review Letters</i>, 91(24):247901.",
    "Erdős, P. and Rényi, A. (1959). On random graphs I. <i>Publicationes Mathematicae Debrecen</i>, "
    "6:290&ndash;297.",
    "Feld, S. L. (1991). Why your friends have more friends than you do. <i>American Journal of "
    "Sociology</i>, 96(6):1464&ndash;1477.",
    "Mossong, J. et al. (2008). Social contacts and mixing patterns relevant to the spread of "
    "infectious diseases. <i>PLoS Medicine</i>, 5(3):e74.",
    "Newman, M. E. J. (2002). Spread of epidemic disease on networks. <i>Physical Review E</i>, "
    "66(1):016128.",
    "Pastor-Satorras, R. and Vespignani, A. (2001). Epidemic spreading in scale-free networks. "
    "<i>Physical Review Letters</i>, 86(14):3200&ndash;3203.",
]

KEY_CONCEPTS = [
    "contact network",
    "hubs",
    "targeted vaccination",
    "random vaccination",
    "acquaintance vaccination",
    "friendship paradox",
    "attack rate",
    "coverage needed for containment",
    "partial contact survey",
    "preferential attachment",
    "value of a map of contacts",
    "epidemic curve",
    "clustering of real contacts",
]
