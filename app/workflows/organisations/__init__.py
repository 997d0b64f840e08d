"""What an organisation does with itself: its information (信息变更) and its users (机构用户管理); manual 1.2."""
