"""The data dictionary: every table, grouped under its heading. A newcomer reads this page to see what is stored."""

# 机构、用户、合同
from app.entities.organisations import (
    AreaWish,
    Attempt,
    Contractor,
    ContractorAccount,
    LoginFailure,
    Organisation,
    OrganisationChange,
    OrganisationPaper,
    PlatformUser,
    RegistrationDraft,
    ServiceContract,
    user_areas,
)

# 物业区域、房屋、业主
from app.entities.premises import (
    Area,
    Building,
    District,
    House,
    HouseChange,
    HouseSuccession,
    Owner,
    Ownership,
    Unit,
)

# 设施设备
from app.entities.equipment import Equipment, EquipmentCategory

# 资金台账
from app.entities.ledger import (
    ChainHead,
    ClosedMonth,
    EscrowAccount,
    HouseAccount,
    JournalEntry,
    OpeningBatch,
    OpeningLine,
    PoolAccount,
    Posting,
)

# 维修项目、表决、公示、验收
from app.entities.projects import (
    Acceptance,
    AcceptanceItem,
    Ballot,
    CollectedShare,
    ItemShare,
    Notice,
    NoticeRow,
    PayoutPhase,
    Project,
    ProjectHouse,
    ProjectItem,
    Vote,
)

# 异议
from app.entities.objections import Objection

# 业务单、审核、划转、要件
from app.entities.applications import (
    Application,
    AreaChange,
    AreaChangeArea,
    Attachment,
    AttachmentCheck,
    Handover,
    Holiday,
    ReceivedPaper,
    RequiredAttachment,
    Review,
    Transfer,
)

# 拨付计划变更
from app.entities.plan_changes import PlanChange, PlanChangeItem, PlanChangePhase

# 项目清退
from app.entities.refunds import Refund

# 收益交款、收益分摊
from app.entities.revenue import Distribution, DistributionLine, RevenueNotice, RevenueRange

# 审计、政策参数、编号、任务、消息、存档
from app.entities.records import (
    ArchivedPaper,
    AuditEvent,
    Job,
    Message,
    NumberSequence,
    PolicyValue,
    RateCount,
    SignInSession,
    Submission,
)

__all__ = [
    "Acceptance", "AcceptanceItem", "Application", "ArchivedPaper", "Area", "AreaChange", "AreaChangeArea",
    "AreaWish", "Attachment", "AttachmentCheck", "Attempt", "AuditEvent", "Ballot", "Building", "ChainHead",
    "ClosedMonth", "CollectedShare", "Contractor", "ContractorAccount", "Distribution", "DistributionLine",
    "District", "Equipment", "EquipmentCategory", "EscrowAccount", "Handover", "Holiday", "House", "HouseAccount",
    "HouseChange", "HouseSuccession", "ItemShare", "Job", "JournalEntry", "LoginFailure", "Message", "Notice",
    "NoticeRow", "NumberSequence", "Objection", "OpeningBatch", "OpeningLine", "Organisation", "OrganisationChange",
    "OrganisationPaper", "Owner", "Ownership", "PayoutPhase", "PlanChange", "PlanChangeItem", "PlanChangePhase",
    "PlatformUser", "PolicyValue", "PoolAccount", "Posting", "Project", "ProjectHouse", "ProjectItem", "RateCount",
    "ReceivedPaper", "Refund", "RegistrationDraft", "RequiredAttachment", "RevenueNotice", "RevenueRange", "Review",
    "ServiceContract", "SignInSession", "Submission", "Transfer", "Unit", "Vote", "user_areas",
]  # fmt: skip
