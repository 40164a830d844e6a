"""Recurrent layers over whole sequences, which return the outputs of all steps."""

from __future__ import annotations

import torch
from torch import nn

from .base import Twin


class SequenceLSTM(nn.LSTM):
    """nn.LSTM that returns the outputs only: time x batch x features."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return super().forward(input)[0]


class SequenceGRU(nn.GRU):
    """nn.GRU that returns the outputs only: time x batch x features."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return super().forward(input)[0]


class SequenceRNN(nn.RNN):
    """nn.RNN that returns the outputs only: time x batch x features."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return super().forward(input)[0]


class Memory(Twin):
    """The last state of a layer, which begins the next sequence in the modes in which it remembers; else zeros do.

    `remember` is "both" modes, "training", "evaluation" or "neither"; `forget()` lets the next sequence begin anew.
    """

    def __init__(self, remember: str = "neither") -> None:
        super().__init__()
        self.remember = remember
        self._state: tuple[torch.Tensor, ...] | None = None

    def forget(self) -> None:
        self._state = None

    def recall(self, batch: torch.Size) -> tuple[torch.Tensor, ...] | None:
        """The last state, if it is remembered and of so many sequences."""
        kept = self._state if self.remembers() else None
        return kept if kept is not None and kept[0].shape[: len(batch)] == batch else None

    def keep(self, *state: torch.Tensor) -> None:
        if self.remembers():
            self._state = tuple(part.detach() for part in state)

    def remembers(self) -> bool:
        return self.remember in ("both", "training" if self.training else "evaluation")


class OneBiasLSTM(Memory):
    """An LSTM with one bias for each gate, where nn.LSTM has two; time x batch x features."""

    def __init__(self, input_size: int, hidden_size: int, batch_first: bool = False, remember: str = "neither") -> None:
        super().__init__(remember)
        self.hidden_size, self.batch_first = hidden_size, batch_first
        self.weight_ih = nn.Parameter(torch.empty(4 * hidden_size, input_size))
        self.weight_hh = nn.Parameter(torch.empty(4 * hidden_size, hidden_size))
        self.bias = nn.Parameter(torch.empty(4 * hidden_size))

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        batch = input.shape[0 if self.batch_first else 1]
        zeros = input.new_zeros(batch, self.hidden_size)
        start = [state[None] for state in self.recall(zeros.shape) or (zeros, zeros)]
        weights = [self.weight_ih, self.weight_hh, self.bias, torch.zeros_like(self.bias)]
        output, h, c = torch.lstm(input, start, weights, True, 1, 0.0, self.training, False, self.batch_first)
        self.keep(h[0], c[0])
        return output


class OneBiasGRU(Memory):
    """A GRU whose reset gate acts on the state before the state's weight does; nn.GRU resets after it.

    Takes and gives time x batch x features.
    """

    def __init__(self, input_size: int, hidden_size: int, batch_first: bool = False, remember: str = "neither") -> None:
        super().__init__(remember)
        self.hidden_size, self.batch_first = hidden_size, batch_first
        self.weight_ih = nn.Parameter(torch.empty(3 * hidden_size, input_size))
        self.weight_hh = nn.Parameter(torch.empty(3 * hidden_size, hidden_size))
        self.bias = nn.Parameter(torch.empty(3 * hidden_size))

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        time = 1 if self.batch_first else 0
        gates_of_state, candidate_of_state = self.weight_hh.split([2 * self.hidden_size, self.hidden_size])
        zeros = input.new_zeros(input.shape[1 - time], self.hidden_size)
        (state,) = self.recall(zeros.shape) or (zeros,)
        states = []
        for step in nn.functional.linear(input, self.weight_ih, self.bias).unbind(time):
            gates, candidate = step.split([2 * self.hidden_size, self.hidden_size], dim=1)
            reset, update = torch.sigmoid(gates + state @ gates_of_state.t()).chunk(2, dim=1)
            candidate = torch.tanh(candidate + (reset * state) @ candidate_of_state.t())
            state = candidate + update * (state - candidate)
            states.append(state)
        self.keep(state)
        return torch.stack(states, time)
