"""Innocent explanations of whole incidents in Chinese (zh-CN), from their code and English text."""

import re
from typing import Final

from detectors.alert.record import Considered

CHANGES_ZH: Final = {
    "replan": "重新规划",
    "new_site": "新建站点",
    "temporary": "临时基站",
    "maintenance": "维护",
    "switch_off": "关停",
}
_ANNOUNCED: Final = re.compile(r"the operator announced it \((\w+)\)")
_FAR: Final = re.compile(r"(\d+) km away")


def innocent_zh(considered: Considered) -> str:
    """The explanation in Chinese; in English where none is known here.

    >>> innocent_zh(Considered("F6", "the operator announced it (maintenance)", 0.9, []))
    '运营商已公告（维护）'
    """
    english = considered.explanation
    if announced := _ANNOUNCED.fullmatch(english):
        return f"运营商已公告（{CHANGES_ZH.get(announced[1], announced[1])}）"
    if considered.code == "F11" and (far := _FAR.search(english)):
        return f"同一时间在 {far[1]} 公里外也出现同一位置区"
    if considered.code == "F30":
        return f"此处有经授权的发射设备：{english.partition(': ')[2]}"
    return _BY_CODE.get(considered.code, english)


_BY_CODE: Final = {
    "F4": "登记的多个小区以同一个新的位置区出现",
    "F5": "同一位置区的多个小区同时在播",
}
