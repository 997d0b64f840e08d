"""JOBS: every piece of background work by name. Functions take a Run and the arguments they were queued with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.domain.errors import N_
from app.jobs import areas, daily, exports, papers, roster
from app.permissions import Permission


@dataclass(frozen=True)
class JobSpec:
    """One row: the function, its Chinese label, the time of day at which it runs by itself ("" = on demand), and the
    right to run it now."""

    function: Callable
    label: str
    daily_at: str = ""
    right: Permission = Permission.JOB_RUN


JOBS: dict[str, JobSpec] = {
    "check_roster": JobSpec(roster.check, N_("核对房屋清册")),
    "store_roster": JobSpec(roster.store, N_("导入房屋清册")),
    "export_list": JobSpec(exports.write, N_("导出 Excel")),
    "print_paper": JobSpec(papers.draw, N_("打印文书")),
    "end_notices": JobSpec(daily.end_notices, N_("到期公示转为已结束"), "00:05"),
    "expire_refunds": JobSpec(daily.expire_refunds, N_("过期清退通知单失效"), "00:15"),
    "remind_overdue": JobSpec(daily.remind_overdue, N_("超期项目提醒"), "00:40"),
    "area_changes": JobSpec(areas.take_hold, N_("到期的物业服务企业变更生效"), "00:10"),
    "contract_ends": JobSpec(areas.warn_of_ends, N_("物业服务合同到期提醒"), "00:30"),
    "expire_revenue": JobSpec(daily.expire_revenue, N_("过期收益交款通知书失效"), "00:16"),
    "write_heads": JobSpec(daily.write_heads, N_("记下凭证链和审计链的末端"), "00:20"),
    "backup": JobSpec(daily.backup, N_("夜间备份"), "01:00"),
    "verify_ledger": JobSpec(daily.verify_ledger, N_("夜间账务核验"), "02:00", Permission.VERIFY_RUN),
    "verify_audit": JobSpec(daily.verify_audit, N_("夜间审计链核验"), "03:00", Permission.VERIFY_RUN),
    "sweep_files": JobSpec(daily.sweep_files, N_("清理无主附件文件"), "04:30"),
    "tidy": JobSpec(daily.tidy, N_("清理过期的会话和登录失败记录"), "04:00"),
}
