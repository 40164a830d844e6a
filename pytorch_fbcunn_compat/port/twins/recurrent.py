"""Recurrent layers over whole sequences, which return the outputs of all steps and start from zeros."""

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


class OneBiasLSTM(Twin):
    """An LSTM with one bias for each gate, where nn.LSTM has two; time x batch x features."""

    def __init__(self, input_size: int, hidden_size: int, batch_first: bool = False) -> None:
        super().__init__()
        self.hidden_size, self.batch_first = hidden_size, batch_first
        self.weight_ih = nn.Parameter(torch.empty(4 * hidden_size, input_size))
        self.weight_hh = nn.Parameter(torch.empty(4 * hidden_size, hidden_size))
        self.bias = nn.Parameter(torch.empty(4 * hidden_size))

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        start = input.new_zeros(1, input.shape[0 if self.batch_first else 1], self.hidden_size)
        weights = [self.weight_ih, self.weight_hh, self.bias, torch.zeros_like(self.bias)]
        return torch.lstm(input, (start, start), weights, True, 1, 0.0, self.training, False, self.batch_first)[0]


class OneBiasGRU(Twin):
    """A GRU whose reset gate acts on the state before the state's weight does; nn.GRU resets after it.

    Takes and gives time x batch x features.
    """

    def __init__(self, input_size: int, hidden_size: int, batch_first: bool = False) -> None:
        super().__init__()
        self.hidden_size, self.batch_first = hidden_size, batch_first
        self.weight_ih = nn.Parameter(torch.empty(3 * hidden_size, input_size))
        self.weight_hh = nn.Parameter(torch.empty(3 * hidden_size, hidden_size))
        self.bias = nn.Parameter(torch.empty(3 * hidden_size))

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        time = 1 if self.batch_first else 0
        gates_of_state, candidate_of_state = self.weight_hh.split([2 * self.hidden_size, self.hidden_size])
        state = input.new_zeros(input.shape[1 - time], self.hidden_size)
        states = []
        for step in nn.functional.linear(input, self.weight_ih, self.bias).unbind(time):
            gates, candidate = step.split([2 * self.hidden_size, self.hidden_size], dim=1)
            reset, update = torch.sigmoid(gates + state @ gates_of_state.t()).chunk(2, dim=1)
            candidate = torch.tanh(candidate + (reset * state) @ candidate_of_state.t())
            state = candidate + update * (state - candidate)
            states.append(state)
        return torch.stack(states, time)
