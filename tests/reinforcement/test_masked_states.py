"""Deep Q-learning on states that are sequences, some filled up."""

import numpy as np
import pytest

import glassnet as gn


class Growing:
    """A game whose state is a sequence that grows, filled up with 0."""

    def reset(self, seed=None):
        self.t = 0
        return self.seen(), {}

    def seen(self):
        state = np.zeros((4, 2))
        state[: 1 + self.t % 4] = 1
        return state

    def step(self, action):
        self.t += 1
        return self.seen(), float(action), self.t > 5, False, {}


@pytest.mark.parametrize("first", [gn.Masking(), gn.Chain(gn.Masking(0.0), gn.LayerNorm())])
def test_a_network_may_begin_with_a_mask(first):
    learner = gn.reinforcement.DeepQ(gn.Network([first, gn.GRU(3), gn.Dense(2)]), Growing(), warm_up=50, seed=0)
    begun = learner.net.parameters.copy()
    learner.learn(200)
    assert not np.array_equal(learner.net.parameters, begun)
