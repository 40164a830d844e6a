"""optim's methods that torch.optim does not have, for translated scripts; their source is written into the script."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import nn

from .helpers import Torch7Random


class NAG(torch.optim.Optimizer):
    """Nesterov's accelerated gradient: the closure is evaluated at the weights to which the velocity would lead.

    torch.optim.SGD(nesterov=True) keeps those weights instead of the ones that they lead to.
    """

    def __init__(self, params: Any, lr: float = 1e-3, momentum: float = 0.9, weight_decay: float = 0.0) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any) -> Any:
        pairs = [(group, weight) for group in self.param_groups for weight in group["params"]]
        for group, weight in pairs:
            if "velocity" in self.state[weight]:
                weight.add_(self.state[weight]["velocity"], alpha=group["momentum"])
        with torch.enable_grad():
            loss = closure()
        for group, weight in pairs:
            if weight.grad is None:
                continue
            gradient = weight.grad.add(weight, alpha=group["weight_decay"])
            velocity = self.state[weight].setdefault("velocity", torch.zeros_like(weight))
            velocity.mul_(group["momentum"]).sub_(gradient, alpha=group["lr"])
            weight.sub_(gradient, alpha=group["lr"])
        return loss


class WholeVector(torch.optim.Optimizer):
    """What methods share that see all parameters as one vector."""

    def vector(self) -> torch.Tensor:
        return nn.utils.parameters_to_vector(self.weights()).detach().clone()

    def weights(self) -> list[torch.Tensor]:
        return [weight for group in self.param_groups for weight in group["params"]]

    def value(self, closure: Any, at: torch.Tensor) -> float:
        """The loss at a point; the parameters are left there."""
        nn.utils.vector_to_parameters(at, self.weights())
        with torch.enable_grad():
            return float(torch.as_tensor(closure()).detach())

    def slope(self, closure: Any, at: torch.Tensor) -> tuple[float, torch.Tensor]:
        """The loss at a point and its gradient."""
        loss = self.value(closure, at)
        parts = [torch.zeros_like(weight) if weight.grad is None else weight.grad for weight in self.weights()]
        return loss, nn.utils.parameters_to_vector(parts).clone()


class CG(WholeVector):
    """Conjugate gradients (Polak-Ribiere) with a line search by cubic interpolation; a step is a whole minimisation.

    Returns the loss that it began with. `rho` and `sig` are those of the Wolfe-Powell conditions; `int` and `ext` limit
    interpolation and extrapolation, `ratio` the growth of the first step of a line search.
    """

    def __init__(
        self, params: Any, max_iter: int = 20, max_eval: float | None = None, rho: float = 0.01, sig: float = 0.5,
        int: float = 0.1, ext: float = 3.0, ratio: float = 100.0
    ) -> None:  # fmt: skip
        self.max_eval = 1.25 * max_iter if max_eval is None else abs(max_eval)
        self.max_iter, self.rho, self.sig, self.int, self.ext, self.ratio = max_iter, rho, sig, int, ext, ratio
        super().__init__(params, {})

    @torch.no_grad()
    def step(self, closure: Any) -> Any:
        x = self.vector()
        value, gradient = first, _ = self.slope(closure, x)
        evaluations, direction = 1, -gradient
        slope = -direction.dot(direction).item()
        length = 1 / (1 - slope)
        while evaluations < self.max_eval:
            found = self.search(closure, x, direction, value, slope, length, evaluations)
            evaluations, length = found["evaluations"], found["length"]
            if not found["good"]:
                break
            x, value, new = found["x"], found["value"], found["gradient"]
            conjugacy = ((new.dot(new) - new.dot(gradient)) / gradient.dot(gradient)).item()
            direction, gradient = conjugacy * direction - new, new
            new_slope = gradient.dot(direction).item()
            if new_slope > 0:
                direction = -gradient
                new_slope = -direction.dot(direction).item()
            length *= min(self.ratio, slope / (new_slope - 1e-320))
            slope = new_slope
        nn.utils.vector_to_parameters(x, self.weights())
        return torch.tensor(first)

    def search(
        self, closure: Any, x: torch.Tensor, direction: torch.Tensor, value: float, slope: float, length: float,
        evaluations: int
    ) -> dict[str, Any]:  # fmt: skip
        """A line search from x, where the loss is `value` and falls with `slope`."""
        here = x.clone()

        def evaluate(step: float) -> tuple[float, float, torch.Tensor]:
            here.add_(direction, alpha=step)
            loss, gradient = self.slope(closure, here)
            return loss, gradient.dot(direction).item(), gradient

        f2, d2, gradient = evaluate(length)
        evaluations += 1
        f3, d3, z = value, slope, -length
        left, limit = min(self.max_iter, self.max_eval - evaluations), -1.0

        def too_high() -> bool:
            return f2 > value + length * self.rho * slope or d2 > -self.sig * slope

        good = False
        while True:
            while too_high() and left > 0:
                limit = length
                step = self.inwards(f2, d2, f3, d3, z, f2 > value)
                length += step
                f2, d2, gradient = evaluate(step)
                evaluations, left, z = evaluations + 1, left - 1, z - step
            if too_high():
                break
            if d2 > self.sig * slope:
                good = True
                break
            if left == 0:
                break
            step = self.outwards(f2, d2, f3, d3, z, length, limit)
            f3, d3, z = f2, d2, -step
            length += step
            f2, d2, gradient = evaluate(step)
            evaluations, left = evaluations + 1, left - 1
        return {"good": good, "x": here, "value": f2, "gradient": gradient, "length": length,
                "evaluations": evaluations}  # fmt: skip

    def inwards(self, f2: float, d2: float, f3: float, d3: float, z: float, high: bool) -> float:
        """Where between the points 3 and 2, a distance z apart, the minimum is expected, as a step from point 2."""
        if high:
            step = z - np.divide(0.5 * d3 * z * z, d3 * z + f2 - f3)
        else:
            a, b = 6 * (f2 - f3) / z + 3 * (d2 + d3), 3 * (f3 - f2) - z * (d3 + 2 * d2)
            with np.errstate(all="ignore"):
                step = np.divide(np.sqrt(b * b - a * d2 * z * z) - b, a)
        step = float(step) if np.isfinite(step) else z / 2
        return max(min(step, self.int * z), (1 - self.int) * z)

    def outwards(self, f2: float, d2: float, f3: float, d3: float, z: float, length: float, limit: float) -> float:
        """How far to go beyond point 2 when it still falls; `limit` is negative where the line has no known end."""
        a, b = 6 * (f2 - f3) / z + 3 * (d2 + d3), 3 * (f3 - f2) - z * (d3 + 2 * d2)
        with np.errstate(all="ignore"):
            step = float(np.divide(-d2 * z * z, b + np.sqrt(b * b - a * d2 * z * z)))
        bounded = limit > -0.5
        if not math.isfinite(step) or step < 0:
            return (limit - length) / 2 if bounded else length * (self.ext - 1)
        if bounded and step + length > limit:
            return (limit - length) / 2
        if not bounded and step + length > length * self.ext:
            return length * (self.ext - 1)
        if step < -z * self.int:
            return -z * self.int
        if bounded and step < (limit - length) * (1 - self.int):
            return (limit - length) * (1 - self.int)
        return step


class CMAES(WholeVector):
    """Covariance matrix adaptation evolution strategy; needs no gradient. A step is a whole minimisation.

    Returns the loss that it began with. `rng` is where normal numbers come from, if not from torch.
    """

    def __init__(
        self, params: Any, sigma: float, max_eval: float | None = None, ftarget: float | None = None,
        popsize: int | None = None, min_iterations: int = 1, rng: Torch7Random | None = None
    ) -> None:  # fmt: skip
        self.sigma, self.max_eval, self.ftarget = sigma, max_eval, ftarget
        self.popsize, self.min_iterations, self.rng = popsize, min_iterations, rng
        super().__init__(params, {})

    @torch.no_grad()
    def step(self, closure: Any) -> Any:
        mean = self.vector()
        count, first, sigma = len(mean), self.value(closure, mean), self.sigma
        offspring = self.popsize or 4 + math.floor(3 * math.log(count))
        most = 1e3 * count**2 if self.max_eval is None else self.max_eval
        parents = math.ceil(offspring / 2)
        weights = torch.tensor([math.log(offspring / 2 + 0.5) - math.log(i + 1) for i in range(parents)]).to(mean)
        weights /= weights.sum()
        mass = 1 / weights.pow(2).sum().item()
        c_c = (4 + mass / count) / (count + 4 + 2 * mass / count)
        c_s = (mass + 2) / (count + mass + 5)
        c_1 = 2 / ((count + 1.3) ** 2 + mass)
        c_mu = min(1 - c_1, 2 * (mass - 2 + 1 / mass) / ((count + 2) ** 2 + mass))
        damping = 2 * mass / offspring + 0.3 + c_s
        path_c, path_s, deviations = torch.zeros_like(mean), torch.zeros_like(mean), torch.ones_like(mean)
        covariance = torch.eye(count).to(mean)
        basis = inverse_root = covariance
        best, best_loss, evaluations, decomposed, generation = mean, math.inf, 0, 0, 0
        losses = torch.empty(0)
        while generation < self.min_iterations or not self.done(evaluations, most, losses, deviations, sigma):
            generation += 1
            if evaluations - decomposed > offspring / (c_1 + c_mu) / count / 10:
                decomposed = evaluations
                covariance = covariance.triu() + covariance.triu(1).t()
                squares, basis = torch.linalg.eigh(covariance, UPLO="U")
                deviations = squares.sqrt()
                inverse_root = basis @ torch.diag(1 / deviations) @ basis.t()
            steps = [sigma * (basis @ (deviations * self.normal(mean))) for _ in range(offspring)]
            points = mean + torch.stack(steps)
            losses, order = torch.sort(torch.tensor([self.value(closure, x) for x in points], dtype=torch.float64))
            evaluations += offspring
            chosen = points[order[:parents]]
            if losses[0] < best_loss:
                best, best_loss = chosen[0].clone(), losses[0].item()
            last, mean = mean, chosen.t() @ weights
            path_s = (1 - c_s) * path_s + math.sqrt(c_s * (2 - c_s) * mass) / sigma * (inverse_root @ (mean - last))
            length = path_s.pow(2).sum().item()
            steady = length / (1 - (1 - c_s) ** (2 * evaluations / offspring)) / count < 2 + 4 / (count + 1)
            path_c = (1 - c_c) * path_c + steady * math.sqrt(c_c * (2 - c_c) * mass) / sigma * (mean - last)
            moved = chosen - last
            lost = c_1 - (1 - steady) * c_1 * c_c * (2 - c_c)
            covariance = (1 - lost - c_mu) * covariance + c_1 * torch.outer(path_c, path_c)
            covariance += c_mu / sigma**2 * moved.t() @ (moved * weights[:, None])
            sigma *= math.exp(min(0.6, c_s / damping * (length / count - 1) / 2))
        nn.utils.vector_to_parameters(best, self.weights())
        return torch.tensor(first)

    def normal(self, like: torch.Tensor) -> torch.Tensor:
        return torch.randn_like(like) if self.rng is None else self.rng.normal(size=like.shape).to(like)

    def done(self, evaluations: int, most: float, losses: torch.Tensor, deviations: torch.Tensor, sigma: float) -> bool:
        if not evaluations:
            return False
        worst, best = deviations.max().item(), deviations.min().item()
        reached = self.ftarget is not None and losses[0].item() <= self.ftarget
        flat = (losses[-1] - losses[0]).item() < 1e-12 and len(losses) > 1
        return evaluations >= most or reached or flat or worst > 1e7 * best or sigma * worst < 1e-11


class DE(WholeVector):
    """Differential evolution; needs no gradient. A step is a whole minimisation, with random numbers of its own.

    Returns the loss that it began with.
    """

    def __init__(
        self, params: Any, scale: float, crossover: float, max_eval: int, popsize: int | None = None,
        low: float = -30.0, high: float = 30.0
    ) -> None:  # fmt: skip
        self.scale, self.crossover, self.max_eval = scale, crossover, max_eval
        self.popsize, self.low, self.high = popsize, low, high
        super().__init__(params, {})

    @torch.no_grad()
    def step(self, closure: Any) -> Any:
        start = self.vector()
        size, count = len(start), self.popsize or 10 * len(start)
        rng = Torch7Random()
        rng.source = np.random.RandomState(1)
        people = rng.uniform(self.low, self.high, (count, size)).to(start)
        losses = [self.value(closure, one) for one in people]
        first, spent = losses[0], count
        leader = max(range(count), key=lambda place: losses[place])  # the worst; better children soon replace it
        best, best_loss = people[leader].clone(), losses[leader]
        while spent < self.max_eval - 1:
            children = people.clone()
            for place in range(count):
                one = self.another(rng, count, place)
                other = self.another(rng, count, place, one)
                certain = rng.integer(0, size - 1)
                for entry in range(size):
                    if rng.uniform().item() < self.crossover or place == certain:
                        children[place, entry] = best[entry] + self.scale * (people[one, entry] - people[other, entry])
            found = [self.value(closure, child) for child in children]
            spent += count
            for place in range(count):
                if found[place] <= losses[place]:
                    people[place], losses[place] = children[place], found[place]
                    if losses[place] < best_loss:
                        best, best_loss = children[place].clone(), losses[place]
        nn.utils.vector_to_parameters(best, self.weights())
        return torch.tensor(first)

    def another(self, rng: Torch7Random, count: int, *taken: int) -> int:
        while (drawn := rng.integer(0, count - 1)) in taken:
            pass
        return drawn
