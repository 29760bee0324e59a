"""Messages on which `phishing_domain` fires, and messages on which it stays silent."""

from typing import Any

from detectors.model.columns import Batch
from detectors.rules.sample_town import Row, Town

CENTRE = 2
DAY_S = 86_400.0
#: A number of another operator's subscriber, as texts ask to ring it.
NUMBER = {"callback_prefix": 8613912, "callback_digits": 7, "callback_length": 13.0}


def fires(make: Town) -> list[Batch]:
    """A wave with one link and one number, one with letters that look like others, and a page on a
    service for anybody's pages."""
    wave = [link("icbc-vip.example", at_s=float(n), callback="n1", **NUMBER) for n in range(6)]
    others = [link("a1ipay.com", at_s=7.0), link("weixin-pay.vercel.app", at_s=8.0)]
    return [make.sms(*wave, *others, *honest())]


def silent(make: Town) -> list[Batch]:
    return [make.sms(*honest())]


def link(domain: str, **row: Any) -> Row:
    return {"url_domain": domain, "has_url": 1.0, **row}


def honest() -> list[Row]:
    """Brands' own domains and shorteners, other firms', and names that hold a brand's by chance."""
    names = ["icbc.com.cn", "t.cn", "10086.cn", "service.example", "jdsports.com", "abcnews.com"]
    return [link(name, at_s=20.0 + n, sender="95588") for n, name in enumerate(names)]


def media(make: Town) -> list[Batch]:
    return [make.sms(link("huawei-news.example", sender="1069123"))]


def unwatched(make: Town) -> list[Batch]:
    return [make.sms(link("parcel.example", at_s=0.0), link("prize.example", at_s=3600.0))]


def recorded(make: Town) -> list[Batch]:
    """A bank's partner, new after more than a week, in a text that the centre sent for the bank."""
    before = link("parcel.example", at_s=0.0, sender="1069123")
    partner = link("leasing.example", at_s=8 * DAY_S, source=CENTRE)
    return [make.sms(before, partner)]


#: By the switch that keeps it silent.
EXCUSED = {"excuse_media": media, "excuse_unwatched": unwatched, "excuse_recorded": recorded}
