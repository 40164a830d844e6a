"""Layers of the rnn package over whole sequences. Each starts from zeros, unless the layer remembers its last state.

A sequence is a tensor, time x batch x features, or a tuple of the tensors of its steps; the output is of the same form.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from .recurrent import Memory, OneBiasLSTM


def like_input(outputs: Any, sequence: Any) -> Any:
    """The outputs of all steps in the form of the input."""
    if isinstance(sequence, (list, tuple)):
        return tuple(outputs)
    return outputs if isinstance(outputs, torch.Tensor) else torch.stack(tuple(outputs))


class EachStep(nn.Module):
    """Applies a module to every step."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, *sequence: Any) -> Any:
        steps = sequence[0] if len(sequence) == 1 else sequence
        return like_input([self.module(step) for step in steps], steps)


class FastLSTM(OneBiasLSTM):
    """An LSTM without peepholes."""

    def forward(self, *sequence: Any) -> Any:
        steps = sequence[0] if len(sequence) == 1 else sequence
        given = steps if isinstance(steps, torch.Tensor) else torch.stack(tuple(steps))
        return like_input(super().forward(given), steps)


class PeepholeLSTM(Memory):
    """An LSTM whose gates see the cell: those of input and forgetting the last one, that of output the new one.

    Args:
        hidden_size: features of the output.
        modules: for the input gate, the forget gate, the candidate and the output gate the layer of the input and that
            of the last output; then the peepholes of the three gates, if there are any.
    """

    def __init__(self, hidden_size: int, *modules: nn.Module, remember: str = "neither") -> None:
        super().__init__(remember)
        self.hidden_size = hidden_size
        self.of_input = nn.ModuleList(modules[0:8:2])
        self.of_output = nn.ModuleList(modules[1:8:2])
        self.peepholes = nn.ModuleList(modules[8:])

    def forward(self, *sequence: Any) -> Any:
        steps = sequence[0] if len(sequence) == 1 else sequence
        outputs = []
        zeros = steps[0].new_zeros(*steps[0].shape[:-1], self.hidden_size)
        h, c = self.recall(zeros.shape) or (zeros, zeros)
        for x in steps:
            in_gate = torch.sigmoid(self.total(0, x, h, 0, c))
            forget_gate = torch.sigmoid(self.total(1, x, h, 1, c))
            candidate = torch.tanh(self.of_input[2](x) + self.of_output[2](h))
            c = forget_gate * c + in_gate * candidate
            h = torch.sigmoid(self.total(3, x, h, 2, c)) * torch.tanh(c)
            outputs.append(h)
        self.keep(h, c)
        return like_input(outputs, steps)

    def total(self, gate: int, x: torch.Tensor, h: torch.Tensor, peephole: int, c: torch.Tensor) -> torch.Tensor:
        total = self.of_input[gate](x) + self.of_output[gate](h)
        return total + self.peepholes[peephole](c) if len(self.peepholes) else total


class GRU(Memory):
    """A GRU whose reset gate acts on the state before the state's weight does; nn.GRU resets after it."""

    def __init__(
        self,
        hidden_size: int,
        gates_of_input: nn.Module,
        gates_of_state: nn.Module,
        candidate_of_input: nn.Module,
        candidate_of_state: nn.Module,
        remember: str = "neither",
    ) -> None:
        super().__init__(remember)
        self.hidden_size = hidden_size
        self.gates_of_input, self.gates_of_state = gates_of_input, gates_of_state
        self.candidate_of_input, self.candidate_of_state = candidate_of_input, candidate_of_state

    def forward(self, *sequence: Any) -> Any:
        steps = sequence[0] if len(sequence) == 1 else sequence
        outputs = []
        zeros = steps[0].new_zeros(*steps[0].shape[:-1], self.hidden_size)
        (h,) = self.recall(zeros.shape) or (zeros,)
        for x in steps:
            reset, update = torch.sigmoid(self.gates_of_input(x) + self.gates_of_state(h)).chunk(2, dim=-1)
            candidate = torch.tanh(self.candidate_of_input(x) + self.candidate_of_state(reset * h))
            h = (1 - update) * candidate + update * h
            outputs.append(h)
        self.keep(h)
        return like_input(outputs, steps)


class Recurrent(Memory):
    """h = transfer(merge(input(x), feedback(h))); without an h before the first step, transfer(start(input(x)))."""

    def __init__(
        self, start: nn.Module, input: nn.Module, feedback: nn.Module, transfer: nn.Module, merge: nn.Module,
        remember: str = "neither"
    ) -> None:  # fmt: skip
        super().__init__(remember)
        self.start, self.input, self.feedback, self.transfer, self.merge = start, input, feedback, transfer, merge

    def forward(self, *sequence: Any) -> Any:
        steps = sequence[0] if len(sequence) == 1 else sequence
        kept, outputs = self.recall(steps[0].shape[:-1]), []
        h = None if kept is None else kept[0]
        for x in steps:
            value = self.input(x)
            h = self.transfer(self.start(value) if h is None else self.merge((value, self.feedback(h))))
            outputs.append(h)
        self.keep(h)
        return like_input(outputs, steps)


class Recurrence(Memory):
    """h = module(x, h), from zeros of a given size."""

    def __init__(self, module: nn.Module, size: tuple[int, ...], input_dims: int, remember: str = "neither") -> None:
        super().__init__(remember)
        self.module, self.size, self.input_dims = module, size, input_dims

    def forward(self, *sequence: Any) -> Any:
        steps = sequence[0] if len(sequence) == 1 else sequence
        first = steps[0]
        while isinstance(first, (list, tuple)):
            first = first[0]
        batch = first.shape[: first.dim() - self.input_dims]
        zeros = torch.zeros(*batch, *self.size, dtype=self.dtype(), device=first.device)
        (h,) = self.recall(zeros.shape) or (zeros,)
        outputs = []
        for x in steps:
            h = self.module((x, h))
            outputs.append(h)
        self.keep(h)
        return like_input(outputs, steps)

    def dtype(self) -> torch.dtype:
        return next((weight.dtype for weight in self.parameters()), torch.get_default_dtype())


class StepByStep(Memory):
    """output, *states = module(x, *states) at every step, from zeros; where there is one state, it is the output."""

    def __init__(self, module: nn.Module, hidden_size: int, states: int = 1, remember: str = "neither") -> None:
        super().__init__(remember)
        self.module, self.hidden_size, self.states = module, hidden_size, states

    def forward(self, *sequence: Any) -> Any:
        steps = sequence[0] if len(sequence) == 1 else sequence
        zeros = steps[0].new_zeros(*steps[0].shape[:-1], self.hidden_size)
        kept = self.recall(zeros.shape) or (zeros,) * self.states
        outputs = []
        for x in steps:
            made = self.module((x, *kept))
            kept = made if self.states > 1 else (made,)
            outputs.append(kept[0])
        self.keep(*kept)
        return like_input(outputs, steps)


class Repeated(nn.Module):
    """A sequence layer that gets the same input at each of a number of steps; the outputs of all steps."""

    def __init__(self, layer: nn.Module, count: int) -> None:
        super().__init__()
        self.layer, self.count = layer, count

    def forward(self, input: Any) -> Any:
        return self.layer((input,) * self.count)


class OneStep(nn.Module):
    """The first step of a sequence layer, for one input."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return self.layer(input.unsqueeze(0))[0]


class BothWays(nn.Module):
    """One layer over the sequence, one over it from its end; a module merges their outputs at every step."""

    def __init__(self, forward_layer: nn.Module, backward_layer: nn.Module, merge: nn.Module) -> None:
        super().__init__()
        self.forward_layer, self.backward_layer, self.merge = forward_layer, backward_layer, merge

    def forward(self, *sequence: Any) -> Any:
        steps = sequence[0] if len(sequence) == 1 else sequence
        there = self.forward_layer(tuple(steps))
        back = self.backward_layer(tuple(steps)[::-1])[::-1]
        return like_input([self.merge(pair) for pair in zip(there, back, strict=True)], steps)


class BothWaysShifted(BothWays):
    """As BothWays, each step seeing only the steps before it and those after it; zeros where there are none."""

    def forward(self, *sequence: Any) -> Any:
        steps = tuple(sequence[0] if len(sequence) == 1 else sequence)
        there = self.forward_layer(steps[:-1])
        back = self.backward_layer(steps[:0:-1])[::-1]
        pairs = zip((torch.zeros_like(there[0]), *there), (*back, torch.zeros_like(back[0])), strict=True)
        return tuple(self.merge(pair) for pair in pairs)


class OneBiasRNN(Memory):
    """h = tanh(x W + h V + b), with one bias where nn.RNN has two; batch x time x features."""

    def __init__(self, input_size: int, hidden_size: int, remember: str = "neither") -> None:
        super().__init__(remember)
        self.hidden_size = hidden_size
        self.weight_ih = nn.Parameter(torch.empty(hidden_size, input_size))
        self.weight_hh = nn.Parameter(torch.empty(hidden_size, hidden_size))
        self.bias = nn.Parameter(torch.empty(hidden_size))

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        zeros = input.new_zeros(input.shape[0], self.hidden_size)
        (start,) = self.recall(zeros.shape) or (zeros,)
        weights = [self.weight_ih, self.weight_hh, self.bias, torch.zeros_like(self.bias)]
        output, h = torch.rnn_tanh(input, start[None], weights, True, 1, 0.0, self.training, False, True)
        self.keep(h[0])
        return output


SEQUENCES = (
    EachStep, FastLSTM, PeepholeLSTM, GRU, Recurrent, Recurrence, StepByStep, BothWays, BothWaysShifted
)  # fmt: skip
