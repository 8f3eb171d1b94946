"""References and key concepts of the paper on learning-rate schedules and wrong labels."""

from __future__ import annotations

REFERENCES = [
    "[1] C. G. Northcutt, A. Athalye and J. Mueller. Pervasive label errors in test sets "
    "destabilize machine learning benchmarks. In <i>NeurIPS Datasets and Benchmarks</i>, 2021.",
    "[2] C. Zhang, S. Bengio, M. Hardt, B. Recht and O. Vinyals. Understanding deep learning "
    "requires rethinking generalization. In <i>ICLR</i>, 2017.",
    "[3] D. Arpit et al. A closer look at memorization in deep networks. In <i>ICML</i>, 2017.",
    "[4] I. Loshchilov and F. Hutter. SGDR: Stochastic gradient descent with warm restarts. In "
    "<i>ICLR</i>, 2017.",
    "[5] L. N. Smith. Cyclical learning rates for training neural networks. In <i>WACV</i>, 2017.",
    "[6] L. Prechelt. Early stopping &ndash; but when? In <i>Neural Networks: Tricks of the "
    "Trade</i>, LNCS 1524. Springer, 1998.",
    "[7] M. Li, M. Soltanolkotabi and S. Oymak. Gradient descent with early stopping is provably "
    "robust to label noise for overparameterized neural networks. In <i>AISTATS</i>, 2020.",
    "[8] F. Pedregosa et al. Scikit-learn: Machine learning in Python. <i>Journal of Machine "
    "Learning Research</i>, 12:2825&ndash;2830, 2011.",
    "[9] D. Rolnick, A. Veit, S. Belongie and N. Shavit. Deep learning is robust to massive label "
    "noise. arXiv:1705.10694, 2017.",
]

KEY_CONCEPTS = [
    "label noise",
    "learning-rate schedule",
    "early stopping",
    "memorisation of wrong labels",
    "equal average learning rate",
    "cosine schedule",
    "cyclic schedule with warm restarts",
    "validation set",
    "noisy validation labels",
    "regular patterns are learned first",
    "cost of stopping on clean labels",
    "handwritten digits",
]
