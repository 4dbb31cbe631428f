"""PyAthena: its cursors, and SQLAlchemy over it."""

import os
import unittest
from datetime import date, datetime
from decimal import Decimal

import pyarrow.fs
import sqlalchemy as sa
from pyathena import connect
from pyathena.arrow.cursor import ArrowCursor
from pyathena.cursor import DictCursor
from pyathena.error import DatabaseError, OperationalError
from pyathena.pandas.cursor import PandasCursor

from lake import BUCKET, COLUMNS, DATABASE, DAYS, SYMBOLS, TICKS, volumes


class LocalS3(pyarrow.fs.S3FileSystem):
    """Arrow's own S3 client, which does not read AWS_ENDPOINT_URL_S3."""

    def __init__(self, **options):
        super().__init__(endpoint_override=os.environ["AWS_ENDPOINT_URL_S3"], **options)


EVERY = """SELECT symbol, price, volume, timestamp, REAL '1.5' AS r, 2e0 AS d, true AS b, DATE '2024-05-17' AS day, X'00ff' AS x, CAST(NULL AS varchar) AS n, '' AS e,
    ARRAY[1, 2] AS a, MAP(ARRAY['k'], ARRAY['v']) AS m FROM ticks WHERE timestamp_ns = (SELECT min(timestamp_ns) FROM ticks) AND symbol = 'AAPL'"""


class PyAthena(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.conn = connect(s3_staging_dir=f"s3://{BUCKET}/results/py/", schema_name=DATABASE, poll_interval=0.05)

    def ask(self, sql, *args, **kw):
        return self.conn.cursor().execute(sql, *args, **kw).fetchall()

    def test_a_cursor_has_pythons_values(self):
        first = TICKS[0]
        cursor = self.conn.cursor().execute(EVERY)
        self.assertEqual([d[:2] for d in cursor.description], [
            ("symbol", "varchar"), ("price", "decimal"), ("volume", "bigint"), ("timestamp", "timestamp"), ("r", "float"), ("d", "double"), ("b", "boolean"),
            ("day", "date"), ("x", "varbinary"), ("n", "varchar"), ("e", "varchar"), ("a", "array"), ("m", "map"),
        ])
        self.assertEqual(cursor.fetchone(), ("AAPL", first.price, first.volume, first.timestamp, 1.5, 2.0, True, date(2024, 5, 17), b"\x00\xff", None, "", [1, 2], {"k": "v"}))
        self.assertIsNone(cursor.fetchone())
        self.assertEqual((cursor.state, cursor.substatement_type, cursor.data_scanned_in_bytes > 0), ("SUCCEEDED", "SELECT", True))

    def test_a_long_answer_comes_whole(self):
        got = self.ask("SELECT timestamp_ns, symbol, price, volume FROM ticks")
        self.assertEqual(sorted(got, key=lambda r: r[:2]), sorted([(t.ns, t.symbol, t.price, t.volume) for t in TICKS], key=lambda r: r[:2]))

    def test_a_dict_cursor(self):
        got = self.conn.cursor(DictCursor).execute("SELECT symbol, sum(volume) AS v FROM ticks GROUP BY 1").fetchall()
        self.assertEqual({r["symbol"]: r["v"] for r in got}, volumes())

    def test_a_pandas_cursor(self):
        df = self.conn.cursor(PandasCursor).execute("SELECT * FROM ticks").as_pandas()
        self.assertEqual((len(df), list(df.columns)), (len(TICKS), [*COLUMNS, "dt"]))
        self.assertEqual(sorted(zip(map(int, df["timestamp_ns"]), df["symbol"], df["price"], strict=True)), sorted((t.ns, t.symbol, t.price) for t in TICKS))
        self.assertEqual([str(df[c].dtype) for c in ("timestamp", "timestamp_ns", "kafka_partition")], ["datetime64[us]", "Int64", "Int64"])

    def test_an_arrow_cursor(self):
        original, pyarrow.fs.S3FileSystem = pyarrow.fs.S3FileSystem, LocalS3
        try:
            for unload, price in ((False, str), (True, Decimal)):
                with self.subTest(unload=unload):
                    table = self.conn.cursor(ArrowCursor, unload=unload).execute("SELECT timestamp_ns, symbol, price, timestamp FROM ticks").as_arrow()
                    got = table.to_pydict()
                    self.assertEqual(set(map(type, got["price"])), {price})
                    self.assertEqual(set(map(type, got["timestamp"])), {datetime})
                    self.assertEqual(sorted(zip(got["timestamp_ns"], got["symbol"], map(Decimal, got["price"]), got["timestamp"], strict=True)), sorted((t.ns, t.symbol, t.price, t.timestamp) for t in TICKS))
        finally:
            pyarrow.fs.S3FileSystem = original

    def test_parameters_in_both_styles(self):
        want = [(sum(t.symbol == "東証" and t.price > 120 for t in TICKS),)]
        self.assertEqual(self.ask("SELECT count(*) FROM ticks WHERE symbol = %(s)s AND price > %(p)d", {"s": "東証", "p": 120}), want)
        self.assertEqual(self.ask("SELECT count(*) FROM ticks WHERE symbol = ? AND price > ?", ["'東証'", "120"], paramstyle="qmark"), want)

    def test_show_and_describe(self):
        self.assertEqual(self.ask("SHOW TABLES"), [("dead_ticks",), ("raw_ticks",), ("ticks",)])
        self.assertEqual(self.ask("SHOW PARTITIONS ticks"), [(f"dt={d}",) for d in DAYS])
        self.assertEqual([c.strip() for c, in self.ask("SHOW COLUMNS IN ticks")], [*COLUMNS, "dt"])
        df = self.conn.cursor(PandasCursor).execute("DESCRIBE `ticks`").as_pandas()
        self.assertEqual([str(c).strip() for c in df["col_name"][:17]], [*COLUMNS, "dt"])
        self.assertEqual([str(c).strip() for c in df["data_type"][:17]], [*COLUMNS.values(), "string"])

    def test_the_catalog(self):
        cursor = self.conn.cursor()
        self.assertEqual([d.name for d in cursor.list_databases("AwsDataCatalog")], [DATABASE])
        self.assertEqual([t.name for t in cursor.list_table_metadata(schema_name=DATABASE)], ["dead_ticks", "raw_ticks", "ticks"])
        self.assertEqual({c.name: c.type for c in cursor.get_table_metadata("ticks").columns}, COLUMNS)

    def test_a_table_of_a_query(self):
        cursor = self.conn.cursor().execute("CREATE TABLE py_made WITH (format = 'PARQUET') AS SELECT symbol, price FROM ticks WHERE dt = '2024-05-13'")
        try:
            day = [t for t in TICKS if t.day == DAYS[0]]
            self.assertEqual((cursor.substatement_type, cursor.rowcount, cursor.fetchall()), ("CREATE_TABLE_AS_SELECT", len(day), []))
            self.assertEqual(sorted(self.ask("SELECT * FROM py_made")), sorted((t.symbol, t.price) for t in day))
        finally:
            self.conn.session.client("glue").delete_table(DatabaseName=DATABASE, Name="py_made")

    def test_a_failure_says_why(self):
        with self.assertRaisesRegex(OperationalError, r"TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.market.tick' does not exist \(hint: did you mean ticks\?\)"):
            self.ask("SELECT * FROM tick")
        with self.assertRaisesRegex(DatabaseError, "line 1:14: mismatched input '<EOF>'"):
            self.ask("SELECT * FROM")

    def test_sqlalchemy_reflects_and_asks(self):
        engine = sa.create_engine(f"awsathena+rest://:@athena.us-east-1.amazonaws.com:443/{DATABASE}?s3_staging_dir=s3://{BUCKET}/results/sa/&poll_interval=0.05")
        inspector = sa.inspect(engine)
        self.assertEqual((inspector.get_schema_names(), inspector.get_table_names(), inspector.get_view_names()), ([DATABASE], ["dead_ticks", "raw_ticks", "ticks"], []))
        self.assertEqual((inspector.has_table("ticks"), inspector.has_table("nowhere")), (True, False))
        self.assertEqual(inspector.get_table_options("ticks")["awsathena_location"], f"s3://{BUCKET}/curated/ticks/")
        ticks = sa.Table("ticks", sa.MetaData(), autoload_with=engine)
        self.assertEqual([c.name for c in ticks.columns], [*COLUMNS, "dt"])
        self.assertEqual((str(ticks.c.price.type), str(ticks.c.timestamp.type), ticks.c.symbol.comment), ("DECIMAL(18, 9)", "TIMESTAMP", "What was traded"))
        ask = sa.select(ticks.c.symbol, sa.func.sum(ticks.c.volume).label("v")).where(ticks.c.price > 110, ticks.c.dt.in_(DAYS[:2])).group_by(ticks.c.symbol).order_by(ticks.c.symbol)
        with engine.connect() as connection:
            got = connection.execute(ask).all()
        want = [(s, sum(t.volume or 0 for t in TICKS if t.symbol == s and t.price > 110 and t.day in DAYS[:2])) for s in sorted(SYMBOLS, key=str.encode)]
        self.assertEqual([tuple(r) for r in got], want)
