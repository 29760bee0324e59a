"""What domains look like: names that frauds take, and honest ones that hold a brand's by chance."""

import pytest

from detectors.features.domains.brands import SHIPPED, brands_of
from detectors.features.domains.looks import look_of

BRANDS = brands_of()
#: Names as frauds take them, none of which is somebody's.
POSING = {
    "lure": (
        *("icbc-vip.example", "ccbbank-jf.example", "10086-points.example", "95588-bank.example"),
        *("gov-pay.example", "etc-renzheng.example", "shebao-query.example", "sf-pay.example"),
        *("weixin-login.vercel.app", "bank-of-china.example"),
    ),
    "word": ("shunfeng-tiyan.example", "icbc-tour.example", "12306piao.example"),
    "letters": ("a1ipay.example", "taoba0-shop.example", "chinarnobile.example", "1cbc.example"),
    "typo": ("alipey.top", "weixni-login.example", "alippay.pages.dev", "allpay.vip"),
    "suffix": ("icbc.vip", "abchina.top", "taobao.pages.dev"),
    "inside": ("mywechatfriend.top", "weixinren.vercel.app"),
    "address": ("192.0.2.7",),
}
#: Honest names: other firms', places', and words that hold a brand's letters.
HONEST = (
    *("abcnews.com", "abc.net.au", "bocconi.it", "bochum.de", "boston.com", "jdpower.com"),
    *("jdsports.com", "sfgate.com", "applebees.com", "pineapple.com", "policeone.com"),
    *("taxact.com", "ccbill.com", "etcetera.com", "stockholm.se", "citicpacific.com"),
    *("didi.com", "court.com", "gov.uk", "51job.com", "58.com", "kuaidi100.com", "win10000.com"),
    *("icbc.de", "icbc.co.uk", "service.example", "bank.example", "parcel.example", "com.cn"),
    *("picloud.com", "ncloud.com", "allpay.com.tw", "weixing.com", "alipey.example"),
    *("stoys.example", "customstores.example", "railways.example", "emsland.example"),
)


@pytest.mark.parametrize(("kind", "domain"), [(k, d) for k, ds in POSING.items() for d in ds])
def test_what_poses_is_seen_as_what_it_is(kind: str, domain: str) -> None:
    assert look_of(domain, BRANDS).kind == kind


@pytest.mark.parametrize("domain", HONEST)
def test_honest_names_are_not_odd(domain: str) -> None:
    assert not look_of(domain, BRANDS).is_odd


def test_all_that_ships_as_a_brands_own_is_its_own() -> None:
    for name, brand in SHIPPED.brand.items():
        for domain in brand.domains:
            shown = f"x{domain}" if domain.startswith(".") else domain
            assert look_of(shown, BRANDS).kind in ("own", "short"), (name, domain)


def test_services_that_shorten_are_neither() -> None:
    assert {look_of(domain, BRANDS).kind for domain in ("t.cn", "bit.ly", "url.cn")} == {"short"}


def test_media_about_a_brand_are_none_that_pose() -> None:
    assert look_of("huawei-news.example", BRANDS).kind == "media"
    assert look_of("huawei-news-login.example", BRANDS).kind == "lure"


def test_names_below_suffixes_for_anybody_are_hosted() -> None:
    hosted = [look_of(name, BRANDS).is_hosted for name in ("a.pages.dev", "a.com.cn", "a.example")]
    assert hosted == [True, False, False]


@pytest.mark.parametrize("domain", ["", ".", "..", "xn--", "xn--\u00e9", "a" * 300, "-", "1.2.3"])
def test_whatever_comes_has_a_look(domain: str) -> None:
    assert not look_of(domain, BRANDS).is_odd
