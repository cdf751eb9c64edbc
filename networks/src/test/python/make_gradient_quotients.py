#!/usr/bin/env python3
"""Makes gradient-quotients.csv of GradientQuotientOfNetworksTest with PyTorch's autograd in float64.

    python3 networks/src/test/python/make_gradient_quotients.py \
        > networks/src/test/resources/org/isonorm/network/tuning/gradient-quotients.csv

A row holds dGQ/d log of a tensor's norm, or GQ itself where the tensor is "value", GQ being MetaInit's gradient quotient as its authors'
code has it. Parameters and examples are drawn here as the test draws them: by a linear congruential generator that starts from a name.
"""

import torch
import torch.nn.functional as F

EPSILON = 1e-5
EXAMPLES, SIDE, CHANNELS, CLASSES = 4, 8, 3, 10
SCALES = {"conv": 0.3, "classifier": 0.5, "scale": 0.2, "shift": 0.1, "bias": 0.1}


def draw(name, count):
    state = 0
    for character in name:
        state = (31 * state + ord(character)) % 2**31
    values = []
    for _ in range(count):
        state = (1103515245 * state + 12345) % 2**31
        values.append((state >> 15) / 2**15 - 1)
    return torch.tensor(values, dtype=torch.float64)


class Network:
    def __init__(self, activation):
        self.activation = activation
        self.parameters = {}

    def parameter(self, name, kind, *shape):
        if name not in self.parameters:
            values = SCALES[kind] * draw(name, torch.Size(shape).numel()).reshape(shape)
            self.parameters[name] = (values + (1 if kind == "scale" else 0)).requires_grad_()
        return self.parameters[name]

    def convolution(self, name, x, out, stride=1):
        weight = self.parameter(name + ".weight", "conv", out, x.shape[1], 3, 3)
        return F.conv2d(x, weight, stride=stride, padding=1)

    def normalization(self, name, x):
        scale = self.parameter(name + ".bn.scale", "scale", x.shape[1])
        shift = self.parameter(name + ".bn.shift", "shift", x.shape[1])
        # F.batch_norm has no third derivatives.
        variance, mean = torch.var_mean(x, (0, 2, 3), correction=0, keepdim=True)
        normalized = (x - mean) / torch.sqrt(variance + 1e-5)
        return scale.reshape(1, -1, 1, 1) * normalized + shift.reshape(1, -1, 1, 1)

    def classifier(self, x):
        weight = self.parameter("classifier.weight", "classifier", CLASSES, x.shape[1])
        bias = self.parameter("classifier.bias", "bias", CLASSES)
        return F.linear(x.mean((2, 3)), weight, bias)


class Plain(Network):
    def __init__(self, activation, lengths):
        super().__init__(activation)
        self.lengths = lengths

    def logits(self, x):
        for stage, length in enumerate(self.lengths, 1):
            for i in range(1, length + 1):
                x = self.activation(self.convolution(f"stage{stage}.conv{i}", x, 8))
            if stage < 3:
                x = F.avg_pool2d(x, 2)
        return self.classifier(x)


class ResNet8(Network):
    def logits(self, x):
        x = self.activation(self.normalization("stem", self.convolution("stem", x, 4)))
        for stage, (width, stride) in enumerate([(4, 1), (8, 2), (16, 2)], 1):
            block = f"stage{stage}.block1"
            y = self.convolution(block + ".conv1", x, width, stride)
            y = self.activation(self.normalization(block + ".conv1", y))
            y = self.normalization(block + ".conv2", self.convolution(block + ".conv2", y, width))
            if stride == 2:
                x = self.normalization(block + ".shortcut", x[:, :, ::2, ::2])
                x = F.pad(x, (0, 0, 0, 0, 0, width - x.shape[1]))
            x = self.activation(x + y)
        return self.classifier(x)


def quotient(network, x, labels):
    loss = F.cross_entropy(network.logits(x), labels)
    parameters = list(network.parameters.values())
    gradient = torch.autograd.grad(loss, parameters, create_graph=True)
    product = torch.autograd.grad(sum((g**2).sum() / 2 for g in gradient), parameters, create_graph=True)
    total = sum(
        ((g - p) / (g + EPSILON * (2 * (g >= 0).double() - 1).detach()) - 1).abs().sum()
        for g, p in zip(gradient, product)
    )
    return total / sum(p.numel() for p in parameters)


def main():
    images = draw("images", EXAMPLES * SIDE * SIDE * CHANNELS)
    x = images.reshape(EXAMPLES, SIDE, SIDE, CHANNELS).permute(0, 3, 1, 2)
    labels = torch.arange(EXAMPLES) * 3 % CLASSES
    print("network,activation,tensor,value")
    for name, activation, network in [
        ("plain-4", "tanh", Plain(torch.tanh, (2, 1, 1))),
        ("plain-9", "tanh", Plain(torch.tanh, (3, 3, 3))),
        ("plain-4", "gelu", Plain(F.gelu, (2, 1, 1))),
        ("resnet-8", "silu", ResNet8(F.silu)),
        ("resnet-8", "relu", ResNet8(F.relu)),
    ]:
        value = quotient(network, x, labels)
        value.backward()
        print(f"{name},{activation},value,{value.item():.12g}")
        for tensor, parameter in network.parameters.items():
            derivative = (parameter.grad * parameter).sum().item()
            print(f"{name},{activation},{tensor},{derivative:.12g}")


main()
