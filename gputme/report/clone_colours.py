"""Colours of clones: neighbours in the tree have neighbouring hues, those who descend are darker or lighter, and cells
without any of the mutations are grey."""

from __future__ import annotations

import numpy as np

from gputme.lineage.clones import Clones

__all__ = ["clone_colours", "order_of"]

PALE = (0.80, 0.82, 0.85)
LIGHTNESS, CHROMA = (0.70, 0.58, 0.80), 0.13
"""In OKLCH (Ottosson, "A perceptual color space for image processing", 2020), in turn from generation to generation."""


def order_of(clones: Clones) -> list[int]:
    """All clones so that each stands before its descendants, and these together."""
    children: dict[int, list[int]] = {}
    for clone in range(1, len(clones)):
        children.setdefault(int(clones.parent[clone]), []).append(clone)
    order, left = [], [0]
    while left:
        clone = left.pop()
        order.append(clone)
        left += reversed(children.get(clone, []))
    return order


def clone_colours(clones: Clones) -> np.ndarray:
    """(clones, 3) red, green and blue from 0 to 1."""
    colours, depth = np.tile(PALE, (len(clones), 1)), np.zeros(len(clones), np.int64)
    for place, clone in enumerate(order_of(clones)[1:]):
        depth[clone] = depth[clones.parent[clone]] + 1
        hue = 2 * np.pi * (place + 0.5) / (len(clones) - 1) + 0.5
        colours[clone] = _rgb(LIGHTNESS[(depth[clone] - 1) % len(LIGHTNESS)], CHROMA, hue)
    return colours


def _rgb(light: float, chroma: float, hue: float) -> np.ndarray:
    a, b = chroma * np.cos(hue), chroma * np.sin(hue)
    lms = np.array([
        light + 0.3963377774 * a + 0.2158037573 * b, light - 0.1055613458 * a - 0.0638541728 * b,
        light - 0.0894841775 * a - 1.2914855480 * b,
    ]) ** 3  # fmt: skip
    linear = np.array([
        [4.0767416621, -3.3077115913, 0.2309699292], [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]) @ lms  # fmt: skip
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
