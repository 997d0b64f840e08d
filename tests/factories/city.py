"""The test city: the area 安居苑 of the company 安居物业, and 鸿雁苑 of another company, under another bank."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import (
    Area,
    Building,
    Contractor,
    Equipment,
    EquipmentCategory,
    House,
    Organisation,
    ServiceContract,
    Unit,
)
from tests.factories import people, premises
from tests.factories.premises import Place

CANARY = "鸿雁"  # stands in every name of the other company


@dataclass
class City(Place):
    """`city` itself is the place of 安居物业; `city.other` the place that its users must never see."""

    other: Place | None = None


def add_city(session: Session) -> City:
    """Both places, on the cast's organisations."""
    cast = people.load_cast(session)
    district = premises.add_district(session, "330101", "城中区")
    for bank, account_no, company, name, mark in (
        ("bank", "33010100000001", "company", "安居苑", ""),
        ("other_bank", "33010100000002", "other_company", "鸿雁苑", CANARY),
    ):
        escrow = premises.add_escrow(session, getattr(cast.organisations, bank), account_no, f"{mark}维修资金专户")
        organisation = getattr(cast.organisations, company)
        premises.add_place(session, district=district, escrow=escrow, company=organisation, name=name, mark=mark)
    return load_city(session)


def load_city(session: Session) -> City:
    """The city as it stands in the database."""
    return City(**vars(_place(session, "安居苑")), other=_place(session, "鸿雁苑"))


def _place(session: Session, name: str) -> Place:
    area = session.scalars(select(Area).where(Area.name == name)).one()
    contract = session.scalars(select(ServiceContract).where(ServiceContract.area_id == area.id)).one()
    company = session.get(Organisation, contract.organisation_id)
    contractor = session.scalars(select(Contractor).where(Contractor.organisation_id == company.id)).one()

    def rows(model) -> list:
        return list(session.scalars(select(model).where(model.area_id == area.id).order_by(model.id)))

    return Place(
        area.district,
        area,
        area.escrow_account,
        company,
        contract,
        contractor,
        contractor.accounts[0],
        rows(Building),
        rows(Unit),
        rows(House),
        rows(Equipment),
        list(session.scalars(select(EquipmentCategory).order_by(EquipmentCategory.id))),
    )
