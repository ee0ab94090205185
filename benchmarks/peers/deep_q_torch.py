"""Deep Q-learning of CartPole in PyTorch, eager: `deep_q_torch.py SEED STEPS` prints steps a second of a core."""

import sys
import time
from collections import deque

import gymnasium
import numpy as np
import torch
from torch import nn

ROUND, BATCH, WARM_UP = 16, 64, 1_200


def network() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))


class Learner:
    def __init__(self, seed: int):
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        self.rng, self.game = np.random.default_rng(seed), gymnasium.make("CartPole-v1", disable_env_checker=True)
        self.net, self.target = network(), network()
        self.target.load_state_dict(self.net.state_dict())
        self.adam = torch.optim.Adam(self.net.parameters(), 0.002)
        self.memory: deque = deque(maxlen=50_000)
        self.state, _ = self.game.reset(seed=seed)
        self.n_steps = 0

    def move(self) -> None:
        if self.rng.random() < max(0.04, 1 - 0.96 * self.n_steps / 4000):
            action = int(self.rng.integers(2))
        else:
            with torch.no_grad():
                action = int(self.net(torch.from_numpy(self.state)).argmax())
        before = self.state
        self.state, reward, ended, broken_off, _ = self.game.step(action)
        self.memory.append((before, action, reward, self.state, ended))
        self.n_steps += 1
        if ended or broken_off:
            self.state, _ = self.game.reset()

    def update(self) -> None:
        moves = [self.memory[k] for k in self.rng.integers(len(self.memory), size=BATCH)]
        states, actions, rewards, following, ended = (
            torch.from_numpy(np.array(column, kind))
            for column, kind in zip(zip(*moves, strict=True), ("f4", "i8", "f4", "f4", "f4"), strict=True)
        )
        with torch.no_grad():
            best = self.net(following).argmax(1, keepdim=True)
            targets = rewards + 0.99 * (1 - ended) * self.target(following).gather(1, best)[:, 0]
        loss = nn.functional.huber_loss(self.net(states).gather(1, actions[:, None])[:, 0], targets)
        self.adam.zero_grad()
        loss.backward()
        self.adam.step()
        with torch.no_grad():
            for theirs, ours in zip(self.target.parameters(), self.net.parameters(), strict=True):
                theirs.lerp_(ours, 0.01)

    def learn(self, steps: int) -> None:
        last = self.n_steps + steps
        while self.n_steps < last:
            for _ in range(ROUND):
                self.move()
            if self.n_steps >= 1_000:
                for _ in range(ROUND):
                    self.update()


if __name__ == "__main__":
    learner = Learner(int(sys.argv[1]))
    learner.learn(WARM_UP)
    began, before = time.process_time(), learner.n_steps
    learner.learn(int(sys.argv[2]))
    print(f"{(learner.n_steps - before) / (time.process_time() - began):.1f}")
