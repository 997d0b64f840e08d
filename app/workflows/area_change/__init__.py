"""变更物业区域物业服务企业 (manual 1.3, `workflows.md` 3): filed by the new company, takes hold for the whole area."""
