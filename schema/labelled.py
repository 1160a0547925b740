"""Enumerations whose values people read. A further one subclasses Labelled where its values belong."""

from enum import Enum


class Labelled(Enum):
    """An enumeration whose members carry a Chinese and an English label; the wire uses `name`."""

    zh: str
    en: str

    def __init__(self, zh: str, en: str) -> None:
        self.zh = zh
        self.en = en
