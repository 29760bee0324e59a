"""Chinese (zh-CN) for the words that findings carry as values, and for what rules observe."""

from typing import Final

#: Words of findings, by the names under which rules give them.
LURES_ZH: Final = {
    "very_short_timer": "要求手机每隔几分钟就上报一次",
    "short_timer": "要求手机异常频繁地上报",
    "offset": "使自身信号显得远强于实际",
    "hysteresis": "使手机难以离开",
    "few_neighbours": "几乎不广播手机可以转往的邻区",
    "priority": "把自身优先级置于手机应优先选择的小区之上",
    "few_blocks": "几乎不广播系统消息",
}
DISTANCES_ZH: Final = {
    "too_far": "距离过远",
    "timing_advance": "与时间提前量不符",
    "too_strong": "信号过强",
    "beyond_range": "超出小区覆盖范围",
}
NETWORKS_ZH: Final = {
    "no_such_network": "不存在的网络",
    "test_network": "测试网络",
    "switched_off": "已关闭的网络",
    "foreign": "外国网络",
    "no_such_rat": "该运营商没有这种制式",
}
GRADES_ZH: Final = {
    "unknown_cell": "未知小区",
    "wrong_area": "位置区不符",
    "unknown_area": "未知位置区",
}
EXPOSURES_ZH: Final = {
    "mac_failure": "{who}拒绝了{claimed}的鉴权",
    "identity_request": "{who}被{claimed}索要用户身份",
    "reject": "{who}被{claimed}拒绝接入",
    "detach": "{who}被{claimed}强制分离",
    "authentication_reject": "{who}被{claimed}当作无效用户拒绝",
}

#: What each rule observes, for evidence that carries no values.
NAMES_ZH: Final = {
    "broadcast_lure": "广播引诱手机",
    "failed_handover": "切换失败",
    "fallback_share": "回落到 2G 过多",
    "identity_exposure": "用户身份暴露",
    "impossible_distance": "距离不可能",
    "impossible_network": "网络不可能",
    "lost_area": "返回时没有位置区",
    "odd_level": "电平异常",
    "odd_shape": "与邻区强度不符",
    "phantom_sms": "运营商未发送过的短信",
    "security_downgrade": "安全降级",
    "sms_burst": "同地短信突发",
    "transient_cell": "短暂出现的小区",
    "unexpected_old_area": "意外的原位置区",
    "unknown_cell": "登记表中没有的小区",
    "unknown_old_area": "未知的原位置区",
    "unplanned_code": "未规划的码",
    "vanish_and_return": "消失后重新登记",
    "wrong_channel": "频点或码与规划不符",
}
