#!/usr/bin/env python3
"""Makes plateau.csv of PlateauTest with PyTorch's own ReduceLROnPlateau (2.x), mode max, threshold mode rel.

    python3 spark-jobs/src/test/python/make_plateau.py > spark-jobs/src/test/resources/org/isonorm/spark/schedule/plateau.csv

A row holds the settings, an accuracy, and the learning rate after it.
"""

import torch

CASES = [
    # learning rate, factor, patience, threshold, least rate
    (0.1, 0.1, 0, 1e-4, 0.0),
    (0.1, 0.5, 1, 1e-2, 0.02),
    (0.01, 0.3, 2, 0.0, 1e-4),
    (1e-7, 0.5, 0, 0.0, 0.0),
]
ACCURACIES = [0.1, 0.3, 0.3, 0.30001, 0.302, 0.31, 0.2, 0.25, 0.31, 0.3101, 0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.404, 0.1]

print("learningRate,factor,patience,threshold,least,accuracy,rate")
for rate, factor, patience, threshold, least in CASES:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, mode="max", factor=factor, patience=patience, threshold=threshold, min_lr=least
    )
    for accuracy in ACCURACIES:
        scheduler.step(accuracy)
        row = [rate, factor, patience, threshold, least, accuracy, optimizer.param_groups[0]["lr"]]
        print(",".join(map(repr, row)))
