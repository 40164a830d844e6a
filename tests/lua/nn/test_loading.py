"""What loading the package does to a program around it."""

from __future__ import annotations


def test_loading_draws_four_random_numbers_as_the_original_did(lua) -> None:
    drawn, expected = lua.execute(
        """
        require 'torch'
        torch.manualSeed(1)
        local expected
        for _ = 1, 5 do expected = torch.random() end
        torch.manualSeed(1)
        require 'nn'
        return torch.random(), expected
        """
    )
    assert drawn == expected
