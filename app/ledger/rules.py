"""What must never be found in the ledger: (sentence, query that finds it). Rules 2–5 of `money.md` 3.

Plain SQL for both databases; a column named …_fen is shown in yuan. Queries give the rows that break the rule.
"""

from __future__ import annotations

# One scan and no join: an account's balances and its postings (credits negative) cancel out, and it is there.
_UNEQUAL_HOUSES = """
    SELECT house_id, sum(principal) AS principal, sum(interest) AS interest FROM (
        SELECT house_id, principal, interest, 1 AS accounts FROM house_accounts
        UNION ALL
        SELECT house_id, CASE WHEN kind = 'principal' THEN amount ELSE 0 END,
            CASE WHEN kind = 'interest' THEN amount ELSE 0 END, 0
        FROM postings WHERE house_id IS NOT NULL) u
    GROUP BY house_id HAVING sum(principal) <> 0 OR sum(interest) <> 0 OR sum(accounts) <> 1"""

_LABEL = "(SELECT label FROM houses WHERE houses.id = a.house_id) AS label"

_POOL_SUMS = """
    SELECT pool_account_id, sum(CASE WHEN kind = 'bank' THEN amount ELSE -amount END) AS balance
    FROM postings WHERE pool_account_id IS NOT NULL GROUP BY pool_account_id"""

_PROJECT_SUMS = """
    SELECT e.project_id, p.house_id,
        sum(CASE WHEN p.kind = 'principal' THEN p.amount ELSE 0 END) AS principal,
        sum(CASE WHEN p.kind = 'interest' THEN p.amount ELSE 0 END) AS interest
    FROM journal_entries e JOIN postings p ON p.entry_id = e.id
    WHERE e.project_id IS NOT NULL AND p.house_id IS NOT NULL GROUP BY e.project_id, p.house_id"""

_PROJECT_HOUSES = """
    FROM project_houses x JOIN projects p ON p.id = x.project_id JOIN houses h ON h.id = x.house_id"""

_ENDINGS = """
    SELECT s.before_id, count(DISTINCT s.change_id) AS changes FROM house_successions s
    JOIN house_changes c ON c.id = s.change_id WHERE c.kind IN ('split', 'merge') GROUP BY s.before_id"""

RULES: tuple[tuple[str, str], ...] = (
    # 1: postings hang on an entry
    (
        "分录属于不存在的凭证 %(entry_id)s（第 %(line)s 条）",
        "SELECT p.entry_id, p.line FROM postings p LEFT JOIN journal_entries e ON e.id = p.entry_id WHERE e.id IS NULL",
    ),
    # 2: balances are the sums of their postings, and nothing is negative
    (
        "分户账 %(label)s（房屋 %(house_id)s）：本金 %(principal_fen)s、利息 %(interest_fen)s，"
        "分录合计本金 %(posted_principal_fen)s、利息 %(posted_interest_fen)s",
        f"""SELECT (SELECT label FROM houses WHERE houses.id = u.house_id) AS label, u.house_id,
                a.principal AS principal_fen, coalesce(a.principal, 0) - u.principal AS posted_principal_fen,
                a.interest AS interest_fen, coalesce(a.interest, 0) - u.interest AS posted_interest_fen
            FROM ({_UNEQUAL_HOUSES}) u LEFT JOIN house_accounts a ON a.house_id = u.house_id ORDER BY u.house_id""",
    ),
    (
        "分户账 %(label)s（房屋 %(house_id)s）为负数：本金 %(principal_fen)s、利息 %(interest_fen)s、可用 %(free_fen)s",
        f"""SELECT {_LABEL}, a.house_id, a.principal AS principal_fen, a.interest AS interest_fen,
                a.principal + a.interest - a.held AS free_fen
            FROM house_accounts a
            WHERE a.principal < 0 OR a.interest < 0 OR a.held < 0 OR a.principal + a.interest < a.held""",
    ),
    (
        "%(account_kind)s账户 %(id)s：余额 %(balance_fen)s，分录合计 %(posted_fen)s",
        f"""SELECT a.id, a.kind AS account_kind, a.balance AS balance_fen, coalesce(s.balance, 0) AS posted_fen
            FROM pool_accounts a LEFT JOIN ({_POOL_SUMS}) s ON s.pool_account_id = a.id
            WHERE a.balance <> coalesce(s.balance, 0) OR a.balance < 0 ORDER BY a.id""",
    ),
    # 3: bank = everything else, for each escrow account; 户 = 楼 = 区 = 专户
    (
        "专户 %(account_no)s：专户存款 %(bank_fen)s，其余账户合计 %(rest_fen)s",
        """SELECT e.account_no, coalesce(b.bank, 0) AS bank_fen, coalesce(b.rest, 0) + coalesce(h.rest, 0) AS rest_fen
            FROM escrow_accounts e
            LEFT JOIN (SELECT escrow_account_id, sum(CASE WHEN kind = 'bank' THEN balance ELSE 0 END) AS bank,
                sum(CASE WHEN kind = 'bank' THEN 0 ELSE balance END) AS rest
                FROM pool_accounts GROUP BY escrow_account_id) b ON b.escrow_account_id = e.id
            LEFT JOIN (SELECT escrow_account_id, sum(principal + interest) AS rest
                FROM house_accounts GROUP BY escrow_account_id) h ON h.escrow_account_id = e.id
            WHERE coalesce(b.bank, 0) <> coalesce(b.rest, 0) + coalesce(h.rest, 0)""",
    ),
    (
        "分户账 %(label)s（房屋 %(house_id)s）所属物业区域、楼幢或专户与房屋不一致",
        """SELECT h.label, a.house_id FROM house_accounts a JOIN houses h ON h.id = a.house_id
            JOIN areas r ON r.id = h.area_id JOIN buildings b ON b.id = h.building_id
            WHERE a.area_id <> h.area_id OR b.area_id <> h.area_id OR a.escrow_account_id <> r.escrow_account_id""",
    ),
    # 4: 0 ≤ p ≤ u ≤ b, and what is held
    (
        "项目 %(number)s 房屋 %(label)s：应满足 0 ≤ 已拨付 %(paid_fen)s ≤ 限额 %(limit_fen)s ≤ 预算 %(budget_fen)s",
        f"""SELECT p.number, h.label, x.drawn_interest + x.drawn_principal AS paid_fen, x.fund_limit AS limit_fen,
                x.budget AS budget_fen {_PROJECT_HOUSES}
            WHERE x.drawn_interest < 0 OR x.drawn_principal < 0
                OR x.drawn_interest + x.drawn_principal > x.fund_limit OR x.fund_limit > x.budget OR x.fund > x.budget
                OR x.fund_limit <> CASE WHEN x.settled < x.fund THEN x.settled ELSE x.fund END""",
    ),
    (
        "项目 %(number)s（%(state)s）房屋 %(label)s：锁定 %(held_fen)s，应为 %(due_fen)s",
        f"""SELECT * FROM (SELECT p.number, p.state, h.label, x.held AS held_fen, CASE WHEN p.state = 'running'
                THEN x.fund_limit - x.drawn_interest - x.drawn_principal ELSE 0 END AS due_fen {_PROJECT_HOUSES}) t
            WHERE held_fen <> due_fen""",
    ),
    (
        "分户账 %(label)s（房屋 %(house_id)s）：锁定 %(held_fen)s，各项目锁定合计 %(due_fen)s",
        f"""SELECT {_LABEL}, a.house_id, a.held AS held_fen, coalesce(s.held, 0) AS due_fen
            FROM house_accounts a LEFT JOIN (SELECT house_id, sum(held) AS held FROM project_houses GROUP BY house_id) s
                ON s.house_id = a.house_id
            WHERE a.held <> coalesce(s.held, 0)""",
    ),
    (
        "项目 %(number)s 房屋 %(label)s：已拨付本金 %(principal_fen)s、利息 %(interest_fen)s，"
        "分录合计本金 %(posted_principal_fen)s、利息 %(posted_interest_fen)s",
        f"""SELECT p.number, h.label, x.drawn_principal AS principal_fen, x.drawn_interest AS interest_fen,
                coalesce(s.principal, 0) AS posted_principal_fen, coalesce(s.interest, 0) AS posted_interest_fen
            {_PROJECT_HOUSES} LEFT JOIN ({_PROJECT_SUMS}) s
                ON s.project_id = x.project_id AND s.house_id = x.house_id
            WHERE x.drawn_principal <> coalesce(s.principal, 0) OR x.drawn_interest <> coalesce(s.interest, 0)""",
    ),
    (
        "项目 %(project_id)s 的分录涉及不在其分摊清册内的房屋 %(house_id)s",
        """SELECT DISTINCT e.project_id, p.house_id FROM journal_entries e JOIN postings p ON p.entry_id = e.id
            LEFT JOIN project_houses x ON x.project_id = e.project_id AND x.house_id = p.house_id
            WHERE e.project_id IS NOT NULL AND p.house_id IS NOT NULL AND x.house_id IS NULL""",
    ),
    (
        "项目 %(number)s 房屋 %(label)s：预算 %(budget_fen)s、决算 %(settled_fen)s，"
        "各设施设备分摊合计 %(shares_fen)s、%(settled_shares_fen)s",
        f"""SELECT p.number, h.label, x.budget AS budget_fen, x.settled AS settled_fen,
                coalesce(s.amount, 0) AS shares_fen, s.settled AS settled_shares_fen {_PROJECT_HOUSES}
            LEFT JOIN (SELECT project_id, house_id, sum(amount) AS amount, sum(settled) AS settled
                FROM item_shares GROUP BY project_id, house_id) s
                ON s.project_id = x.project_id AND s.house_id = x.house_id
            WHERE x.budget <> coalesce(s.amount, 0) OR coalesce(x.settled, -1) <> coalesce(s.settled, -1)""",
    ),
    (
        "项目 %(number)s 设施设备 %(position)s：预算 %(budget_fen)s，分摊合计 %(shares_fen)s",
        """SELECT p.number, i.position, i.budget AS budget_fen, coalesce(s.amount, 0) AS shares_fen
            FROM project_items i JOIN projects p ON p.id = i.project_id
            LEFT JOIN (SELECT item_id, sum(amount) AS amount, sum(settled) AS settled
                FROM item_shares GROUP BY item_id) s ON s.item_id = i.id
            WHERE p.fund_fixed AND (i.budget <> coalesce(s.amount, 0)
                OR coalesce(i.settled, -1) <> coalesce(s.settled, -1))""",
    ),
    # 5: one business event posts once
    (
        "业务 %(business_key)s 入账 %(times)s 次",
        """SELECT business_key, count(*) AS times FROM journal_entries
            GROUP BY business_key HAVING count(*) > 1""",
    ),
    (
        "已划转的拨付 %(business_key)s（%(amount_fen)s）没有对应的凭证",
        """SELECT 'payout:' || t.application_id || ':' || t.line AS business_key, t.amount AS amount_fen
            FROM transfers t LEFT JOIN journal_entries e ON e.kind = 'payout' AND e.amount = t.amount
                AND e.id = t.entry_id AND e.business_key = 'payout:' || t.application_id || ':' || t.line
            WHERE (t.state = 'paid' OR t.entry_id IS NOT NULL) AND e.id IS NULL""",
    ),
    (
        "拨付凭证 %(id)s（%(business_key)s）没有对应的划转",
        """SELECT e.id, e.business_key FROM journal_entries e LEFT JOIN transfers t ON t.entry_id = e.id
            WHERE e.kind = 'payout' AND t.id IS NULL""",
    ),
    (
        "期初凭证 %(id)s（%(business_key)s，%(amount_fen)s）与已确认的期初批次不符",
        """SELECT e.id, e.business_key, e.amount AS amount_fen FROM journal_entries e
            LEFT JOIN opening_batches b ON b.entry_id = e.id AND e.business_key = 'opening:' || b.id
                AND e.amount = b.principal_total + b.interest_total
            WHERE e.kind = 'opening' AND b.id IS NULL""",
    ),
    (
        "项目 %(number)s：清退凭证合计 %(posted_fen)s，各笔划转已清退合计 %(refunded_fen)s",
        """SELECT p.number, coalesce(e.amount, 0) AS posted_fen, coalesce(t.refunded, 0) AS refunded_fen FROM projects p
            LEFT JOIN (SELECT project_id, sum(amount) AS amount FROM journal_entries WHERE kind = 'refund'
                GROUP BY project_id) e ON e.project_id = p.id
            LEFT JOIN (SELECT project_id, sum(refunded) AS refunded FROM transfers GROUP BY project_id) t
                ON t.project_id = p.id
            WHERE coalesce(e.amount, 0) <> coalesce(t.refunded, 0)""",
    ),
    (
        "清退凭证 %(id)s（%(business_key)s）没有对应的清退",
        """SELECT e.id, e.business_key FROM journal_entries e LEFT JOIN refunds r ON r.entry_id = e.id
                AND e.business_key = 'refund:' || r.number AND r.amount = e.amount AND r.project_id = e.project_id
            WHERE e.kind = 'refund' AND r.id IS NULL""",
    ),
    (
        "清退 %(number)s（%(amount_fen)s）的凭证不存在或与其不符",
        """SELECT r.number, r.amount AS amount_fen FROM refunds r
            LEFT JOIN journal_entries e ON e.id = r.entry_id AND e.kind = 'refund' AND e.amount = r.amount
            WHERE (r.state = 'paid') <> (e.id IS NOT NULL)""",
    ),
    (
        "划转 %(business)s-%(line)s：已清退 %(refunded_fen)s，各次清退合计 %(parts_fen)s",
        """SELECT a.number AS business, t.line, t.refunded AS refunded_fen, coalesce(r.parts, 0) AS parts_fen
            FROM transfers t JOIN applications a ON a.id = t.application_id
            LEFT JOIN (SELECT transfer_id, sum(amount) AS parts FROM refunds WHERE state = 'paid'
                GROUP BY transfer_id) r
                ON r.transfer_id = t.id
            WHERE t.refunded <> coalesce(r.parts, 0)""",
    ),
    (
        "凭证 %(id)s（%(business_key)s）不属于任何项目",
        """SELECT e.id, e.business_key FROM journal_entries e
            WHERE e.kind IN ('payout', 'refund', 'settlement') AND e.project_id IS NULL""",
    ),
    (
        "项目 %(number)s：各户已拨付合计 %(paid_fen)s，各笔划转净额 %(transfers_fen)s",
        """SELECT p.number, coalesce(x.paid, 0) AS paid_fen, coalesce(t.net, 0) AS transfers_fen FROM projects p
            LEFT JOIN (SELECT project_id, sum(drawn_interest + drawn_principal) AS paid
                FROM project_houses GROUP BY project_id) x ON x.project_id = p.id
            LEFT JOIN (SELECT project_id, sum(amount - refunded) AS net
                FROM transfers WHERE entry_id IS NOT NULL GROUP BY project_id) t ON t.project_id = p.id
            WHERE coalesce(x.paid, 0) <> coalesce(t.net, 0)""",
    ),
    # 收益: every payment confirmed has its entry and no other; every fen of it is distributed once
    (
        "收益交款 %(number)s（%(amount_fen)s）没有对应的凭证",
        """SELECT n.number, n.amount AS amount_fen FROM revenue_notices n
            LEFT JOIN journal_entries e ON e.id = n.entry_id AND e.kind = 'revenue' AND e.amount = n.amount
                AND e.business_key = 'revenue:' || n.number
            WHERE (n.state IN ('paid', 'kept', 'distributed') OR n.entry_id IS NOT NULL) AND e.id IS NULL""",
    ),
    (
        "%(entry_kind)s凭证 %(id)s（%(business_key)s）没有对应的收益交款或分摊",
        """SELECT e.id, e.kind AS entry_kind, e.business_key FROM journal_entries e
            LEFT JOIN revenue_notices n ON n.entry_id = e.id LEFT JOIN distributions d ON d.entry_id = e.id
            WHERE (e.kind = 'revenue' AND n.id IS NULL) OR (e.kind = 'distribution' AND d.id IS NULL)""",
    ),
    (
        "收益交款 %(number)s：已分摊 %(distributed_fen)s，分摊清册合计 %(lines_fen)s，分摊凭证合计 %(posted_fen)s",
        """SELECT n.number, n.distributed AS distributed_fen, coalesce(s.lines, 0) AS lines_fen,
                coalesce(s.posted, 0) AS posted_fen
            FROM revenue_notices n LEFT JOIN (
                SELECT d.notice_id, sum(l.amount) AS lines, sum(e.amount) AS posted FROM distributions d
                LEFT JOIN (SELECT distribution_id, sum(amount) AS amount FROM distribution_lines
                    GROUP BY distribution_id) l ON l.distribution_id = d.id
                LEFT JOIN journal_entries e ON e.id = d.entry_id AND e.kind = 'distribution'
                    AND e.business_key = 'distribution:' || d.id
                GROUP BY d.notice_id) s ON s.notice_id = n.id
            WHERE n.distributed <> coalesce(s.lines, 0) OR n.distributed <> coalesce(s.posted, 0)""",
    ),
    # split and merge: principal and interest each pass whole, nothing stays behind
    (
        "%(entry_kind)s凭证 %(id)s（%(business_key)s）：本金转出转入相差 %(principal_fen)s，利息相差 %(interest_fen)s，"
        "其他账户 %(pools)s 条",
        """SELECT * FROM (SELECT e.id, e.kind AS entry_kind, e.business_key,
                sum(CASE WHEN p.kind = 'principal' THEN p.amount ELSE 0 END) AS principal_fen,
                sum(CASE WHEN p.kind = 'interest' THEN p.amount ELSE 0 END) AS interest_fen,
                sum(CASE WHEN p.house_id IS NULL THEN 1 ELSE 0 END) AS pools
            FROM journal_entries e JOIN postings p ON p.entry_id = e.id
            WHERE e.kind IN ('split', 'merge') GROUP BY e.id, e.kind, e.business_key) t
            WHERE principal_fen <> 0 OR interest_fen <> 0 OR pools <> 0""",
    ),
    (
        "%(entry_kind)s凭证 %(id)s（%(business_key)s）没有对应的房屋变更或清退",
        """SELECT e.id, e.kind AS entry_kind, e.business_key FROM journal_entries e
            LEFT JOIN house_changes c ON c.entry_id = e.id AND c.kind = e.kind
                AND e.business_key = c.kind || ':' || c.id
            LEFT JOIN journal_entries r ON r.kind = 'refund' AND e.business_key = 'split:' || r.business_key
            WHERE e.kind IN ('split', 'merge') AND c.id IS NULL AND r.id IS NULL""",
    ),
    (
        "房屋变更 %(id)s 的凭证 %(entry_id)s 不存在或不是它的凭证",
        """SELECT c.id, c.entry_id FROM house_changes c LEFT JOIN journal_entries e ON e.id = c.entry_id
                AND e.kind = c.kind AND e.business_key = c.kind || ':' || c.id
            WHERE c.entry_id IS NOT NULL AND e.id IS NULL""",
    ),
    (
        "已注销房屋 %(label)s（%(house_id)s）的分户账还有 %(balance_fen)s，锁定 %(held_fen)s",
        """SELECT h.label, a.house_id, a.principal + a.interest AS balance_fen, a.held AS held_fen
            FROM houses h JOIN house_accounts a ON a.house_id = h.id
            WHERE h.ended_on IS NOT NULL AND (a.principal <> 0 OR a.interest <> 0 OR a.held <> 0)""",
    ),
    (
        "房屋 %(label)s（%(id)s）的注销与其分户、合户记录不符",
        f"""SELECT h.label, h.id FROM houses h LEFT JOIN ({_ENDINGS}) b ON b.before_id = h.id
            WHERE h.ended_on IS NOT NULL AND coalesce(b.changes, 0) <> 1
            UNION ALL
            SELECT h.label, h.id FROM ({_ENDINGS}) b JOIN houses h ON h.id = b.before_id WHERE h.ended_on IS NULL""",
    ),
    (
        "分户、合户 %(change_id)s：房屋 %(label)s 的面积 %(area_fen)s 与承继面积合计 %(parts_fen)s 不等",
        """SELECT s.change_id, h.label, h.floor_area AS area_fen, s.parts AS parts_fen FROM houses h
            JOIN (SELECT s.change_id, s.before_id, sum(s.floor_area) AS parts FROM house_successions s
                JOIN house_changes c ON c.id = s.change_id WHERE c.kind IN ('split', 'merge')
                GROUP BY s.change_id, s.before_id) s ON s.before_id = h.id
            WHERE s.parts <> h.floor_area""",
    ),
)
