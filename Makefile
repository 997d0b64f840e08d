# 住宅专项维修资金管理平台：make run 运行，make test 测试，make help 列出全部
# The residential maintenance funds platform: `make run` serves it, `make test` checks it, `make help` lists the rest.

.DEFAULT_GOAL := help
.SUFFIXES:
SHELL := /bin/sh
PY := .venv/bin/python
BOTH := money or workflow or isolation or journey

# The tests see none of the settings that the caller's shell may hold. Compiled modules are kept (ignored by git): without
# them every worker and every command that a test starts would compile the whole application anew.
CLEAN := env -u DATABASE_URL -u SECRET_KEY -u FIELD_KEY -u DATA_DIR -u APP_ENV -u CLOCK -u PORT -u HOST \
	-u TRUSTED_HOSTS -u BEHIND_PROXY -u TEST_DATABASE -u PYTHONDONTWRITEBYTECODE PYTHONUNBUFFERED=1

.PHONY: help run install install-dev assets translations programs test test-sqlite test-postgresql test-long lint format \
	coverage measure messages screenshots bench requirements first-revision clean distclean

help: ## 列出可用的命令 / list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: install assets translations ## 安装、建库、载入演示城市并启动网站 / install, prepare, serve with the demo city
	@echo "== 准备数据库 / preparing the database"
	@$(PY) run.py init
	@echo "== 载入演示城市（已有数据则保留）/ loading the demo city, keeping what is there"
	@$(PY) run.py demo
	@echo "== 启动网站，按 Ctrl-C 停止 / serving, Ctrl-C stops"
	@exec $(PY) run.py serve --no-init

install:
	@sh tools/environment.sh requirements.txt

install-dev:
	@sh tools/environment.sh requirements.txt requirements-dev.txt

assets: install ## 下载字体 / bring the fonts that package.json pins
	@echo "== 字体与浏览器库 / fonts and browser libraries"
	@$(PY) tools/assets.py

translations: install
	@$(PY) tools/translations.py compile

programs: install-dev
	@$(PY) tools/system.py chromium node postgresql

test: lint programs assets translations ## 全部检查与测试 / everything: lint, contracts, tests on SQLite and PostgreSQL
	@$(MAKE) --no-print-directory test-sqlite
	@$(MAKE) --no-print-directory test-postgresql

test-sqlite: install-dev
	@echo "== 全部测试，SQLite / the whole suite on SQLite"
	@$(CLEAN) TEST_DATABASE=sqlite $(PY) -m pytest -n 2 $(ARGS)

test-postgresql: install-dev
	@echo "== 资金、流程、隔离、全程操作测试，PostgreSQL / $(BOTH) on PostgreSQL"
	@$(CLEAN) TEST_DATABASE=postgresql $(PY) -m pytest -n 2 -m "$(BOTH)" $(ARGS)

test-long: install-dev programs ## 多例随机项目、多次 kill -9（两种数据库）、每个上传口全部恶意文件 / many random projects, fifteen kills, every hostile file everywhere
	@for database in sqlite postgresql; do \
		echo "== $$database"; \
		$(CLEAN) TEST_DATABASE=$$database MACHINE_EXAMPLES=200 MACHINE_STEPS=40 KILLS=15 KILL_PAYOUTS=270 \
			$(PY) -m pytest --timeout 7200 tests/workflows/machine tests/faults -k "follow or killed" $(ARGS) || exit 1; \
	done
	@$(CLEAN) UPLOAD_SHARE=1 $(PY) -m pytest --timeout 7200 tests/screens/test_uploads.py $(ARGS)

lint: install-dev ## 代码检查与分层约定 / ruff and the import contracts
	@echo "== 代码检查 / ruff"
	@$(PY) -m ruff check .
	@echo "== 分层约定 / import contracts"
	@.venv/bin/lint-imports --no-logo

format: install-dev ## 统一代码格式 / format the code
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

coverage: install-dev programs assets translations ## 测试覆盖率 / coverage of the suite on SQLite
	@$(CLEAN) TEST_DATABASE=sqlite $(PY) -m pytest -n 2 --cov --cov-report=term --cov-report=html -q $(ARGS)

measure: install-dev ## 代码规模 / sizes of modules and functions
	@if [ -f ../shared/tools/measure.py ]; then \
		PATH="$(CURDIR)/.venv/bin:$$PATH" $(PY) ../shared/tools/measure.py --top 10 app=app; \
	else echo "本机没有 ../shared/tools/measure.py，无法统计 / ../shared/tools/measure.py is not here, nothing measured"; fi

messages: install ## 提取并更新翻译 / extract the texts, update and compile the catalogues
	@$(PY) tools/translations.py update

screenshots: install-dev assets translations ## 生成 README 的图片 / the pictures of the README
	@$(PY) tools/system.py chromium node
	@$(PY) tools/screenshots.py

bench: install assets ## 性能测试，例 make bench NAME=apportion / speed against the yardsticks
	@sh tools/environment.sh requirements.txt requirements-bench.txt
	@$(PY) run.py bench $(NAME)

requirements: install ## 重新锁定依赖版本 / pin requirements*.txt anew
	@sh tools/requirements.sh

clean: ## 删除缓存与生成的文件，保留数据和 .venv / caches and generated files; keeps data and .venv
	rm -rf .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.* htmlcov node_modules \
		tests/output app/static/vendor tests/vendor
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
	find app -name '*.mo' -delete

distclean: clean ## 另删 .venv，仍保留数据 / also .venv; keeps the data
	rm -rf .venv

first-revision: install-dev ## 由模型重写首个迁移（正式上线前）/ write the first migration anew from the models, before a release only
	@$(PY) tools/first_revision.py
