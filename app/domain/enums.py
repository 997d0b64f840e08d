"""The field's fixed vocabularies: value, Chinese label and badge colour in one row.

Colours are the `state-…` and `kind-…` classes of the style sheet; values are what the database stores.
"""

from __future__ import annotations

from enum import StrEnum


class Labelled(StrEnum):
    """A string enum whose members carry `label` (Chinese) and `colour` (badge class, may be empty)."""

    label: str
    colour: str

    def __new__(cls, value: str, label: str, colour: str = ""):
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.colour = colour
        return member

    def __str__(self) -> str:
        return self.value


class OrganisationKind(Labelled):
    PROPERTY_COMPANY = "property_company", "物业服务企业"
    OWNERS_COMMITTEE = "owners_committee", "业主委员会"
    DEPARTMENT = "department", "维修资金管理部门"
    BANK = "bank", "专户银行"


class WishState(Labelled):
    """An area that an organisation named when it registered."""

    WAITING = "waiting", "待确认", "waiting"
    GRANTED = "granted", "已确认", "confirmed"
    DECLINED = "declined", "未采纳", "rejected"


class LicenceCheck(Labelled):
    """A clerk's look at a new name or credit code (信息变更)."""

    NOT_NEEDED = "not_needed", "无需核对", "settled"
    WAITING = "waiting", "待核对", "waiting"
    CONFIRMED = "confirmed", "已核对", "confirmed"
    SENT_BACK = "sent_back", "已退回", "returned"


class HouseChangeKind(Labelled):
    SPLIT = "split", "分户"
    MERGE = "merge", "合户"
    SALE = "sale", "过户"


class WarrantyState(Labelled):
    """保修期 of a piece of equipment on a day."""

    UNDER = "under", "保修期内", "waiting"
    OVER = "over", "已过保", "draft"
    UNKNOWN = "unknown", "未知", "draft"


class HouseUse(Labelled):
    RESIDENTIAL = "residential", "住宅"
    NON_RESIDENTIAL = "non_residential", "非住宅"
    PARKING = "parking", "车位"
    SERVICE_ROOM = "service_room", "物管用房"


class AreaGround(Labelled):
    """What a floor area rests on (interpretation art. 8: registered, else surveyed, else contract)."""

    REGISTERED = "registered", "登记"
    SURVEYED = "surveyed", "测绘"
    CONTRACT = "contract", "合同"


class SaleState(Labelled):
    SOLD = "sold", "已售", "confirmed"
    UNSOLD = "unsold", "未售", "waiting"


class BuildingKind(Labelled):
    WALK_UP = "walk_up", "多层（无电梯）"
    TOWER = "tower", "高层（有电梯）"
    OTHER = "other", "其他"


class ProjectKind(Labelled):
    NORMAL = "normal", "正常", "normal"
    EMERGENCY = "emergency", "紧急", "emergency"
    SIMPLE = "simple", "简单拨付", "simple"


class ProjectState(Labelled):
    DRAFT = "draft", "编制中", "draft"
    UNDER_REVIEW = "under_review", "立项审核中", "in_review"
    RUNNING = "running", "实施中", "running"
    CLOSED = "closed", "已办结", "settled"
    CANCELLED = "cancelled", "已撤销", "cancelled"


class ShareMethod(Labelled):
    BY_AREA = "by_area", "按建筑面积分摊"
    IMPORTED = "imported", "自定义分摊"


class VoteState(Labelled):
    OPEN = "open", "表决中", "running"
    PASSED = "passed", "通过", "passed"
    FAILED = "failed", "未通过", "failed"
    VOID = "void", "作废", "void"


class VoteRule(Labelled):
    TWO_THIRDS = "two_thirds", "双三分之二"
    CIVIL_CODE_USE = "civil_code_use", "民法典第278条（使用）"
    CIVIL_CODE_RAISE = "civil_code_raise", "民法典第278条（筹集）"


class Answer(Labelled):
    AGREE = "agree", "同意", "passed"
    AGAINST = "against", "反对", "failed"
    ABSTAIN = "abstain", "弃权", "waiting"
    NONE = "none", "未投票", "draft"


class BallotSource(Labelled):
    ENTERED = "entered", "企业录入"
    IMPORTED = "imported", "Excel 导入"
    ONLINE = "online", "业主网上表决"


class NoticeKind(Labelled):
    INITIATION = "initiation", "立项公示"
    ACCEPTANCE = "acceptance", "项目验收公示"
    CANCELLATION = "cancellation", "撤销公示"


class NoticeState(Labelled):
    PUBLISHED = "published", "公示中", "public"
    ENDED = "ended", "已结束", "settled"
    WITHDRAWN = "withdrawn", "已撤回", "withdrawn"
    SUPERSEDED = "superseded", "已重新发布", "void"


class ObjectionState(Labelled):
    OPEN = "open", "待答复", "waiting"
    ANSWERED = "answered", "已答复", "settled"
    CLOSED = "closed", "已关闭", "void"


class ObjectionSource(Labelled):
    PUBLIC = "public", "公众服务平台"
    WINDOW = "window", "受理窗口"


class ApplicationKind(Labelled):
    AREA_CHANGE = "area_change", "变更物业区域物业服务企业"
    INITIATION = "initiation", "维修项目立项"
    INITIATION_WITH_PAYOUT = "initiation_with_payout", "立项并拨付（简单拨付）"
    PAYOUT = "payout", "维修资金拨付"
    PLAN_CHANGE = "plan_change", "拨付计划变更"

    @property
    def initiates(self) -> bool:
        """It asks for a project's initiation."""
        return self in INITIATIONS

    @property
    def pays(self) -> bool:
        """It asks for money, with payee lines."""
        return self in PAYOUTS


INITIATIONS = (ApplicationKind.INITIATION, ApplicationKind.INITIATION_WITH_PAYOUT)
PAYOUTS = (ApplicationKind.PAYOUT, ApplicationKind.INITIATION_WITH_PAYOUT)


class ApplicationState(Labelled):
    DRAFT = "draft", "草稿", "draft"
    SUBMITTED = "submitted", "待受理", "submitted"
    IN_REVIEW = "in_review", "审核中", "in_review"
    RETURNED = "returned", "已退回", "returned"
    APPROVED = "approved", "已通过", "approved"
    SETTLED = "settled", "已划转", "settled"
    REJECTED = "rejected", "不予通过", "rejected"
    WITHDRAWN = "withdrawn", "已撤回", "withdrawn"


class ReviewAct(Labelled):
    SUBMIT = "submit", "提交"
    ACCEPT = "accept", "受理"
    UNDO_ACCEPT = "undo_accept", "撤销受理"
    RETURN = "return", "退回补正"
    APPROVE = "approve", "通过"
    REJECT = "reject", "不予通过"
    WITHDRAW = "withdraw", "撤回"


class TransferState(Labelled):
    PENDING = "pending", "待划转", "waiting"
    PREPARED = "prepared", "待银行确认", "in_review"
    PAID = "paid", "已划转", "settled"
    REFUSED = "refused", "银行退回", "rejected"
    CORRECTED = "corrected", "待复核", "submitted"
    ENDED = "ended", "已终止", "withdrawn"


class RefundState(Labelled):
    ISSUED = "issued", "待银行确认", "waiting"
    PAID = "paid", "已清退", "settled"
    VOIDED = "voided", "已作废", "void"
    EXPIRED = "expired", "已失效", "overdue"


class RefundReason(Labelled):
    """Why money comes back (`workflows.md` 5.4); the last is the bank's own: the payee's bank sent it back."""

    IMPOSSIBLE = "impossible", "维修无法进行"
    QUALITY = "quality", "不符合施工质量要求"
    OTHER = "other", "其他"
    SENT_BACK = "sent_back", "退汇"


class RevenueState(Labelled):
    ISSUED = "issued", "待交款", "waiting"
    PAID = "paid", "已交款", "confirmed"
    KEPT = "kept", "留存收益户", "confirmed"
    DISTRIBUTED = "distributed", "已分摊", "settled"
    VOIDED = "voided", "已作废", "void"
    EXPIRED = "expired", "已失效", "overdue"


class RevenueKind(Labelled):
    """收益类型 (`workflows.md` 4)."""

    ADVERTISING = "advertising", "广告"
    PARKING = "parking", "停车"
    RENT = "rent", "场地租赁"
    SCRAP = "scrap", "设备残值"
    OTHER = "other", "其他"


class AcceptanceState(Labelled):
    SUBMITTED = "submitted", "待公示", "waiting"
    IN_FORCE = "in_force", "已生效", "confirmed"


class AccountKind(Labelled):
    """Ledger accounts (`money.md` 3). `bank` is a debit account, all others are credit accounts."""

    BANK = "bank", "专户存款"
    PRINCIPAL = "principal", "本金"
    INTEREST = "interest", "利息及收益"
    REVENUE = "revenue", "收益户"
    UNDISTRIBUTED = "undistributed", "待分配利息"
    SUSPENSE = "suspense", "待查款项"


class EntryKind(Labelled):
    OPENING = "opening", "期初"
    DEPOSIT = "deposit", "交存"
    REVENUE = "revenue", "收益交款"
    DISTRIBUTION = "distribution", "收益分摊"
    PAYOUT = "payout", "拨付"
    SETTLEMENT = "settlement", "决算调整"
    REFUND = "refund", "清退"
    INTEREST_IN = "interest_in", "银行结息"
    INTEREST = "interest", "计息"
    SPLIT = "split", "分户"
    MERGE = "merge", "合户"
    UNIDENTIFIED = "unidentified", "待查款项入账"
    CLEAR = "clear", "待查款项转出"
    MOVE = "move", "转移专户"
    WITHDRAWAL = "withdrawal", "退款"
    CORRECTION = "correction", "冲正"


class OpeningState(Labelled):
    WAITING = "waiting", "待财务确认", "waiting"
    CONFIRMED = "confirmed", "已入账", "confirmed"
    DECLINED = "declined", "已退回", "rejected"


class JobState(Labelled):
    QUEUED = "queued", "排队中", "waiting"
    RUNNING = "running", "进行中", "running"
    DONE = "done", "已完成", "settled"
    FAILED = "failed", "失败", "failed"
    CANCELLED = "cancelled", "已取消", "cancelled"


class EmergencyType(Labelled):
    """`law.md` 5."""

    LIFT = "lift", "电梯故障"
    FIRE = "fire", "消防设施故障"
    LEAK = "leak", "屋面、外墙渗漏"
    FACADE = "facade", "外墙脱落危险"
    WATER = "water", "二次供水设施故障"
    DRAIN = "drain", "排水设施塌陷、堵塞、爆裂"
    OTHER = "other", "其他危险情形"


class Business(Labelled):
    """What a list of required attachments (要件清单) belongs to (`documents.md`)."""

    REGISTRATION = "registration", "机构注册"
    AREA_CHANGE = "area_change", "变更物业区域物业服务企业"
    INITIATION = "initiation", "维修项目立项"
    PAYOUT = "payout", "维修资金拨付"
    INITIATION_WITH_PAYOUT = "initiation_with_payout", "立项并拨付（简单拨付）"


class AttachmentCondition(Labelled):
    """When a row of the list of required attachments applies."""

    ALWAYS = "always", "一律需要"
    NOT_EMERGENCY = "not_emergency", "紧急项目除外"
    EMERGENCY = "emergency", "仅紧急项目"
    AFTER_ACCEPTANCE = "after_acceptance", "验收之后"
    LARGE_SETTLEMENT = "large_settlement", "验收之后且结算总额超过 10 万元"
