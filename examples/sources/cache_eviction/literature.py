"""References and key concepts of the paper on cache eviction."""

from __future__ import annotations

REFERENCES = [
    "[1] L. A. Belady. A study of replacement algorithms for a virtual-storage computer. <i>IBM "
    "Systems Journal</i>, 5(2):78&ndash;101, 1966.",
    "[2] L. Breslau, P. Cao, L. Fan, G. Phillips and S. Shenker. Web caching and Zipf-like "
    "distributions: Evidence and implications. In <i>INFOCOM</i>, 1999.",
    "[3] D. Lee et al. LRFU: A spectrum of policies that subsumes the least recently used and "
    "least frequently used policies. <i>IEEE Transactions on Computers</i>, "
    "50(12):1352&ndash;1361, 2001.",
    "[4] N. Megiddo and D. S. Modha. ARC: A self-tuning, low overhead replacement cache. In "
    "<i>FAST</i>, 2003.",
    "[5] G. Einziger, R. Friedman and B. Manes. TinyLFU: A highly efficient cache admission "
    "policy. <i>ACM Transactions on Storage</i>, 13(4), 2017.",
    "[6] Y. Zhang, J. Yang, Y. Yue, Y. Vigfusson and K. V. Rashmi. SIEVE is simpler than LRU: An "
    "efficient turn-key eviction algorithm for web caches. In <i>NSDI</i>, 2024.",
    "[7] D. D. Sleator and R. E. Tarjan. Amortized efficiency of list update and paging rules. "
    "<i>Communications of the ACM</i>, 28(2):202&ndash;208, 1985.",
    "[8] J. Yang, Y. Zhang, Z. Qiu, Y. Yue and K. V. Rashmi. FIFO queues are all you need for "
    "cache eviction. In <i>SOSP</i>, 2023.",
]

KEY_CONCEPTS = [
    "cache eviction policy",
    "hit ratio",
    "drifting popularity",
    "least recently used (LRU)",
    "least frequently used (LFU)",
    "first in, first out (FIFO)",
    "SIEVE",
    "aged LFU with decaying counts",
    "half-life of counts",
    "Zipf law",
    "recency versus frequency",
    "stale counts grow more harmful with age",
    "oracle upper bound",
]
