"""Puts an exported safetensors file into a torch module of torchvision's names, with strict=True, and compares logits.

    python3 networks/src/test/python/check_safetensors.py MODEL.safetensors EXPECTED.safetensors

EXPECTED has images [N, channels, height, width] and the logits [N, classes] that Isonorm finds. Prints the largest difference
over the largest logit. Residual networks of both stems with shortcuts of option B, and VGG. Needs torch alone.
"""

import json
import math
import re
import struct
import sys

import torch
from torch import nn


def load(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        values = bytearray(file.read())
    header.pop("__metadata__", None)
    return {
        name: torch.frombuffer(
            values,
            dtype=torch.float32,
            count=math.prod(entry["shape"]),
            offset=entry["data_offsets"][0],
        ).reshape(entry["shape"])
        for name, entry in header.items()
    }


def convolution(weight, stride=1):
    out, channels, kernel, _ = weight.shape
    return nn.Conv2d(channels, out, kernel, stride, kernel // 2, bias=False)


class Block(nn.Module):
    def __init__(self, tensors, name, stride):
        super().__init__()
        convolutions = [tensors[f"{name}.conv{i}.weight"] for i in (1, 2)]
        self.depth = 3 if f"{name}.conv3.weight" in tensors else 2
        if self.depth == 3:
            convolutions.append(tensors[f"{name}.conv3.weight"])
        strided = self.depth - 1  # the 3x3 convolution of a bottleneck, the first of a basic block
        for i, weight in enumerate(convolutions, 1):
            setattr(self, f"conv{i}", convolution(weight, stride if i == strided else 1))
            setattr(self, f"bn{i}", nn.BatchNorm2d(weight.shape[0]))
        self.downsample = nn.Identity()
        if f"{name}.downsample.0.weight" in tensors:
            weight = tensors[f"{name}.downsample.0.weight"]
            self.downsample = nn.Sequential(
                convolution(weight, stride), nn.BatchNorm2d(weight.shape[0])
            )

    def forward(self, x):
        y = x
        for i in range(1, self.depth + 1):
            y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
            if i < self.depth:
                y = torch.relu(y)
        return torch.relu(y + self.downsample(x))


class ResNet(nn.Module):
    def __init__(self, tensors):
        super().__init__()
        stem = tensors["conv1.weight"]
        large = stem.shape[2] == 7
        self.conv1 = convolution(stem, 2 if large else 1)
        self.bn1 = nn.BatchNorm2d(stem.shape[0])
        self.maxpool = nn.MaxPool2d(3, 2, 1) if large else nn.Identity()
        blocks = set(re.findall(r"layer(\d+)\.(\d+)\.conv1", " ".join(tensors)))
        self.stages = max(int(stage) for stage, _ in blocks)
        for stage in range(1, self.stages + 1):
            layers = [
                Block(tensors, f"layer{stage}.{i}", 2 if stage > 1 and i == 0 else 1)
                for i in range(sum(int(s) == stage for s, _ in blocks))
            ]
            setattr(self, f"layer{stage}", nn.Sequential(*layers))
        classes, features = tensors["fc.weight"].shape
        self.fc = nn.Linear(features, classes)

    def forward(self, x):
        x = self.maxpool(torch.relu(self.bn1(self.conv1(x))))
        for stage in range(1, self.stages + 1):
            x = getattr(self, f"layer{stage}")(x)
        return self.fc(x.mean((2, 3)))


class Vgg(nn.Module):
    def __init__(self, tensors):
        super().__init__()
        modules = {int(name.split(".")[1]) for name in tensors if name.startswith("features.")}
        layers = []
        for i in range(max(modules) + 3):
            if i not in modules:
                normalized = isinstance(layers[-1], nn.BatchNorm2d)
                layers.append(nn.ReLU() if normalized else nn.MaxPool2d(2))
                continue
            weight = tensors[f"features.{i}.weight"]
            vector = weight.dim() == 1
            layers.append(nn.BatchNorm2d(len(weight)) if vector else convolution(weight))
        self.features = nn.Sequential(*layers)
        classes, features = tensors["classifier.weight"].shape
        self.classifier = nn.Linear(features, classes)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


def main(model, expected):
    tensors = load(model)
    network = (ResNet if "fc.weight" in tensors else Vgg)(tensors)
    network.load_state_dict(tensors, strict=True)
    network.eval()
    batch = load(expected)
    with torch.inference_mode():
        difference = (network(batch["images"]) - batch["logits"]).abs().max()
    print((difference / batch["logits"].abs().max()).item())


main(*sys.argv[1:])
