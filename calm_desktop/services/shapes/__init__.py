"""What is answered: frozen shapes whose field names are those of the JSON we promise; `wire.to_json` writes them.

Money carries its currency; quantities and prices are `Decimal`; ids are 18-character texts. `as_of` days are days on
which figures hold, from state periods; amounts of running evergreen periods are None.
"""

from calm_desktop.services.shapes.accounts import (
    AccountEditing,
    AccountHead,
    AccountRow,
    AccountShape,
)
from calm_desktop.services.shapes.assets import (
    ActionDetail,
    ActionRow,
    ActionShape,
    AssetHead,
    AssetShape,
    CardFigures,
    LinkedAction,
    PeriodStart,
    SeriesShape,
    SourceShape,
    StatePeriodShape,
    Totals,
)
from calm_desktop.services.shapes.balances import (
    AccountBalance,
)
from calm_desktop.services.shapes.billing import (
    Billing,
    BillingItemShape,
    GroupShape,
    ScheduleShape,
)
from calm_desktop.services.shapes.catalogue import (
    PriceBookShape,
    PriceShape,
    ProductRow,
    TaxBookShape,
    TaxRow,
)
from calm_desktop.services.shapes.credits import (
    AppliedShape,
    CreditMemoHead,
    CreditMemoLineShape,
    CreditMemoShape,
    InvoiceCredit,
    InvoicePayment,
    PaymentHead,
    PaymentShape,
    RefundShape,
)
from calm_desktop.services.shapes.exchange import (
    RateRow,
    ReportingFigures,
    UsedRate,
)
from calm_desktop.services.shapes.explain import (
    ExplainLine,
    Explanation,
)
from calm_desktop.services.shapes.holds import (
    HoldResult,
    HoldShape,
)
from calm_desktop.services.shapes.invoices import (
    CurrencyTotals,
    InvoiceHead,
    InvoiceLineRow,
    InvoiceLineShape,
    InvoiceResult,
    InvoiceShape,
    SkippedAccount,
)
from calm_desktop.services.shapes.orders import (
    OrderItemShape,
    OrderResult,
    OrderRow,
    OrderShape,
    RenewalOffer,
    ShowOrder,
)
from calm_desktop.services.shapes.pages import (
    Hit,
    HomeShape,
    LifecyclePage,
    MrrSeries,
    Owed,
)
from calm_desktop.services.shapes.papers import (
    CreditResult,
    PaymentResult,
    RefundResult,
    VoidResult,
)
from calm_desktop.services.shapes.records import (
    EventRow,
    ImportResult,
    ImportRow,
    RollupResult,
    SettingsShape,
    SkippedRow,
)
from calm_desktop.services.shapes.statements import (
    AgingShape,
    StatementEntry,
    StatementPart,
    StatementShape,
)
from calm_desktop.services.shapes.usage import (
    TierShape,
    UsageImport,
    UsagePage,
    UsagePeriod,
    UsagePrices,
    UsagePriceShape,
    UsageResult,
    UsageRow,
)

__all__ = [
    "AccountBalance",
    "AccountEditing",
    "AccountHead",
    "AccountRow",
    "AccountShape",
    "ActionDetail",
    "ActionRow",
    "ActionShape",
    "AgingShape",
    "AppliedShape",
    "AssetHead",
    "AssetShape",
    "Billing",
    "BillingItemShape",
    "CardFigures",
    "CreditMemoHead",
    "CreditMemoLineShape",
    "CreditMemoShape",
    "CreditResult",
    "CurrencyTotals",
    "EventRow",
    "ExplainLine",
    "Explanation",
    "GroupShape",
    "Hit",
    "HoldResult",
    "HoldShape",
    "HomeShape",
    "ImportResult",
    "ImportRow",
    "InvoiceCredit",
    "InvoiceHead",
    "InvoiceLineRow",
    "InvoiceLineShape",
    "InvoicePayment",
    "InvoiceResult",
    "InvoiceShape",
    "LifecyclePage",
    "LinkedAction",
    "MrrSeries",
    "OrderItemShape",
    "OrderResult",
    "OrderRow",
    "OrderShape",
    "Owed",
    "PaymentHead",
    "PaymentResult",
    "PaymentShape",
    "PeriodStart",
    "PriceBookShape",
    "PriceShape",
    "ProductRow",
    "RateRow",
    "RefundResult",
    "RefundShape",
    "RenewalOffer",
    "ReportingFigures",
    "RollupResult",
    "ScheduleShape",
    "SeriesShape",
    "SettingsShape",
    "ShowOrder",
    "SkippedAccount",
    "SkippedRow",
    "SourceShape",
    "StatePeriodShape",
    "StatementEntry",
    "StatementPart",
    "StatementShape",
    "TaxBookShape",
    "TaxRow",
    "TierShape",
    "Totals",
    "UsageImport",
    "UsagePage",
    "UsagePeriod",
    "UsagePriceShape",
    "UsagePrices",
    "UsageResult",
    "UsageRow",
    "UsedRate",
    "VoidResult",
]
