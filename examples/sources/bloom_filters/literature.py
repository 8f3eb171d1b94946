"""References and key concepts of the paper on Bloom filter layouts."""

from __future__ import annotations

REFERENCES = [
    "[1] B. H. Bloom. Space/time trade-offs in hash coding with allowable errors. "
    "<i>Communications of the ACM</i>, 13(7):422&ndash;426, 1970.",
    "[2] A. Broder and M. Mitzenmacher. Network applications of Bloom filters: A survey. <i>Internet "
    "Mathematics</i>, 1(4):485&ndash;509, 2004.",
    "[3] F. Putze, P. Sanders and J. Singler. Cache-, hash-, and space-efficient Bloom filters. "
    "<i>ACM Journal of Experimental Algorithmics</i>, 14, 2009.",
    "[4] Y. Azar, A. Z. Broder, A. R. Karlin and E. Upfal. Balanced allocations. <i>SIAM Journal on "
    "Computing</i>, 29(1):180&ndash;200, 1999.",
    "[5] M. Mitzenmacher. The power of two choices in randomized load balancing. <i>IEEE "
    "Transactions on Parallel and Distributed Systems</i>, 12(10):1094&ndash;1104, 2001.",
    "[6] A. Kirsch and M. Mitzenmacher. Less hashing, same performance: Building a better Bloom "
    "filter. <i>Random Structures &amp; Algorithms</i>, 33(2):187&ndash;218, 2008.",
    "[7] G. L. Steele, D. Lea and C. H. Flood. Fast splittable pseudorandom number generators. In "
    "<i>OOPSLA</i>, 2014.",
    "[8] B. Fan, D. G. Andersen, M. Kaminsky and M. Mitzenmacher. Cuckoo filter: Practically "
    "better than Bloom. In <i>CoNEXT</i>, 2014.",
]

KEY_CONCEPTS = [
    "Bloom filter",
    "false-positive rate",
    "bits per key",
    "cache line",
    "blocked Bloom filter",
    "number of hash functions",
    "double hashing",
    "uneven block load",
    "Poisson model",
    "power of two choices",
    "searching two blocks doubles the error",
    "memory accesses per lookup",
    "cuckoo filter",
]
