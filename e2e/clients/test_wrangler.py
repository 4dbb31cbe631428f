"""awswrangler (AWS SDK for pandas)."""

import unittest
import uuid
from datetime import date, datetime
from decimal import Decimal

import awswrangler as wr
import boto3
import pandas as pd

from lake import BUCKET, COLUMNS, DATABASE, DAYS, SYMBOLS, TICKS, volumes

ZONE = f"s3://{BUCKET}/curated/ticks/"


def key(row):
    return row[:2]


class Wrangler(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        boto3.setup_default_session()  # one session, so that the models of the APIs are read once
        wr.config.athena_query_wait_polling_delay = 0.05  # seconds, in place of 1

    def setUp(self):
        self.addCleanup(lambda: self.assertEqual(sorted(t["Name"] for t in wr.catalog.get_tables(database=DATABASE)), ["dead_ticks", "raw_ticks", "ticks"]))

    def whole(self, df):
        """That a frame is the dataset: timestamp_ns, symbol, price and volume, in any order."""
        self.assertEqual(len(df), len(TICKS))
        got = [(int(r.timestamp_ns), r.symbol, r.price, None if pd.isna(r.volume) else int(r.volume)) for r in df.itertuples()]
        want = [(t.ns, t.symbol, t.price, t.volume) for t in TICKS]
        self.assertEqual(sorted(got, key=key), sorted(want, key=key))

    def test_objects_are_listed_and_sized(self):
        self.assertEqual(wr.s3.list_directories(ZONE), [f"{ZONE}dt={d}/" for d in DAYS])
        objects = wr.s3.list_objects(ZONE, suffix=".parquet")
        self.assertGreaterEqual(len(objects), len(DAYS))
        self.assertTrue(all(size > 0 for size in wr.s3.size_objects(objects).values()))
        self.assertTrue(wr.s3.does_object_exist(objects[0]))
        self.assertFalse(wr.s3.does_object_exist(ZONE + "nowhere"))

    def test_parquet_is_read_with_its_partitions(self):
        df = wr.s3.read_parquet(ZONE, dataset=True)
        self.whole(df)
        self.assertEqual(sorted(df["dt"].unique()), DAYS)
        self.assertEqual(set(df["price"].map(type)), {Decimal})
        two = wr.s3.read_parquet(ZONE, dataset=True, partition_filter=lambda p: p["dt"] >= DAYS[3], columns=["symbol", "price"])
        self.assertEqual((len(two), list(two.columns)), (sum(t.day >= DAYS[3] for t in TICKS), ["symbol", "price", "dt"]))

    def test_parquet_is_read_by_the_catalogs_table(self):
        self.whole(wr.s3.read_parquet_table(table="ticks", database=DATABASE))
        types, partitions = wr.s3.read_parquet_metadata(ZONE, dataset=True)
        self.assertEqual((types, partitions), (COLUMNS, {"dt": "string"}))

    def test_raw_csv_is_read(self):
        df = wr.s3.read_csv(f"s3://{BUCKET}/raw/ticks/", dataset=True, dtype={"price": str, "volume": str})
        got = sorted((r.symbol, int(r.sequence), Decimal(r.price), None if pd.isna(r.volume) else int(r.volume)) for r in df.itertuples())
        self.assertEqual(got, sorted((t.symbol, t.sequence, t.price, t.volume) for t in TICKS))

    def test_the_catalog_is_read(self):
        self.assertEqual(list(wr.catalog.databases()["Database"]), [DATABASE])
        self.assertEqual(sorted(wr.catalog.tables(database=DATABASE)["Table"]), ["dead_ticks", "raw_ticks", "ticks"])
        self.assertEqual(wr.catalog.get_table_types(database=DATABASE, table="ticks"), {**COLUMNS, "dt": "string"})
        df = wr.catalog.table(database=DATABASE, table="ticks")
        self.assertEqual(list(df["Column Name"]), [*COLUMNS, "dt"])
        self.assertEqual(list(df[df["Partition"]]["Column Name"]), ["dt"])
        self.assertEqual(wr.catalog.get_partitions(database=DATABASE, table="ticks"), {f"{ZONE}dt={d}/": [d] for d in DAYS})
        self.assertEqual(wr.catalog.get_partitions(database=DATABASE, table="ticks", expression="dt > '2024-05-16'"), {f"{ZONE}dt={DAYS[4]}/": [DAYS[4]]})
        self.assertEqual((wr.catalog.get_table_location(database=DATABASE, table="ticks"), wr.catalog.does_table_exist(database=DATABASE, table="tick")), (ZONE, False))

    def test_a_query_is_read_from_its_csv(self):
        df = wr.athena.read_sql_query("SELECT *, DATE '2024-05-17' AS day, true AS yes, 1.5e0 AS d FROM ticks", database=DATABASE, ctas_approach=False)
        self.whole(df)
        self.assertEqual([str(df[c].dtype) for c in ("timestamp", "timestamp_ns", "symbol", "kafka_partition", "yes", "d")], ["datetime64[us]", "Int64", "string", "Int32", "boolean", "float64"])
        self.assertEqual((df["day"][0], type(df["price"][0]), df["timestamp"].min()), (date(2024, 5, 17), Decimal, min(t.timestamp for t in TICKS)))
        self.assertEqual(df.query_metadata["Status"]["State"], "SUCCEEDED")

    def test_a_query_is_read_by_a_table_as_is_the_default(self):
        df = wr.athena.read_sql_query("SELECT * FROM ticks", database=DATABASE)
        self.whole(df)
        self.assertEqual([str(df[c].dtype) for c in ("timestamp", "timestamp_ns", "symbol", "kafka_partition")], ["datetime64[ns]", "Int64", "string", "Int32"])
        self.assertEqual(df["timestamp"].min(), min(t.timestamp for t in TICKS))
        self.assertEqual(df.query_metadata["SubstatementType"], "CREATE_TABLE_AS_SELECT")

    def test_types_survive_the_table(self):
        sql = """SELECT TINYINT '1' AS t, SMALLINT '-2' AS s, 3 AS i, BIGINT '4' AS l, REAL '1.5' AS r, 2e0 AS d, true AS b, CAST('1.50' AS decimal(5,2)) AS p, CAST(-1 AS decimal(38,9)) AS q,
            'x' AS v, CAST('y' AS char(3)) AS c, X'0001' AS x, DATE '1969-12-31' AS day, TIMESTAMP '2024-05-17 01:02:03.004' AS ts, ARRAY[1, NULL] AS a, MAP(ARRAY['k'], ARRAY[1]) AS m,
            CAST(ROW(1, 'z') AS row(n integer, w varchar)) AS w, CAST(NULL AS integer) AS z"""
        df = wr.athena.read_sql_query(sql, database=DATABASE)
        row = df.iloc[0]
        self.assertEqual([row[c] for c in "tsilrdbpqvcx"], [1, -2, 3, 4, 1.5, 2.0, True, Decimal("1.50"), Decimal(-1), "x", "y", b"\x00\x01"])
        self.assertEqual((row["day"], row["ts"].to_pydatetime()), (date(1969, 12, 31), datetime(2024, 5, 17, 1, 2, 3, 4000)))
        self.assertEqual(([None if v is None or v != v else int(v) for v in row["a"]], dict(row["m"]), row["w"]), ([1, None], {"k": 1}, {"n": 1, "w": "z"}))
        self.assertTrue(df["z"].isna()[0])

    def test_no_rows_have_types_as_well(self):
        for ctas in (True, False):
            df = wr.athena.read_sql_query("SELECT symbol, price FROM ticks WHERE dt = '1999-01-01'", database=DATABASE, ctas_approach=ctas)
            self.assertEqual((len(df), list(df.columns), str(df["symbol"].dtype)), (0, ["symbol", "price"], "string"))

    def test_a_query_is_read_in_pieces(self):
        for args in ({"ctas_approach": True, "chunksize": 700}, {"ctas_approach": False, "chunksize": 700}):
            sizes = [len(df) for df in wr.athena.read_sql_query("SELECT sequence FROM ticks", database=DATABASE, **args)]
            self.assertEqual((sum(sizes), max(sizes)), (len(TICKS), 700))

    def test_unload_is_read(self):
        folder = f"s3://{BUCKET}/results/unload/{uuid.uuid4()}/"
        self.whole(wr.athena.read_sql_query("SELECT * FROM ticks", database=DATABASE, ctas_approach=False, unload_approach=True, s3_output=folder))

    def test_parameters_in_both_styles(self):
        want = sum(t.symbol == "AAPL" and t.day == DAYS[1] for t in TICKS)
        for ctas in (True, False):
            got = wr.athena.read_sql_query("SELECT count(*) AS n FROM ticks WHERE symbol = ? AND dt = ?", database=DATABASE, ctas_approach=ctas, params=["AAPL", f"'{DAYS[1]}'"], paramstyle="qmark")
            self.assertEqual(got["n"][0], want)
            got = wr.athena.read_sql_query("SELECT count(*) AS n FROM ticks WHERE symbol = :s AND dt = :d", database=DATABASE, ctas_approach=ctas, params={"s": "AAPL", "d": DAYS[1]})
            self.assertEqual(got["n"][0], want)

    def test_a_table_is_made_of_a_query_and_read(self):
        made = wr.athena.create_ctas_table("SELECT symbol, sum(volume) AS volume FROM ticks GROUP BY 1", database=DATABASE, ctas_table="volumes", s3_output=f"s3://{BUCKET}/results/{uuid.uuid4()}/", storage_format="parquet", write_compression="snappy", wait=True)
        self.assertEqual((made["ctas_database"], made["ctas_table"]), (DATABASE, "volumes"))
        try:
            df = wr.athena.read_sql_table("volumes", database=DATABASE)
            self.assertEqual(dict(zip(df["symbol"], map(int, df["volume"]), strict=True)), volumes())
            self.assertEqual(sorted(df["symbol"]), SYMBOLS)
            with self.assertRaisesRegex(wr.exceptions.QueryFailed, "TABLE_ALREADY_EXISTS: line 1:1: Destination table 'awsdatacatalog.market.volumes' already exists"):
                wr.athena.create_ctas_table("SELECT 1 AS x", database=DATABASE, ctas_table="volumes", wait=True)
        finally:
            self.assertTrue(wr.catalog.delete_table_if_exists(database=DATABASE, table="volumes"))

    def test_describing_and_showing_a_table(self):
        df = wr.athena.describe_table(table="ticks", database=DATABASE)
        self.assertEqual((list(df["Column Name"]), list(df["Type"])), ([*COLUMNS, "dt"], [*COLUMNS.values(), "string"]))
        self.assertEqual(list(df[df["Partition"]]["Column Name"]), ["dt"])
        self.assertRegex(wr.athena.show_create_table(table="ticks", database=DATABASE), r"^CREATE EXTERNAL TABLE `ticks`\( `timestamp` timestamp COMMENT .* PARTITIONED BY \( `dt` string .* LOCATION 's3://ticklake/curated/ticks/' TBLPROPERTIES")

    def test_a_prepared_statement(self):
        wr.athena.create_prepared_statement("SELECT count(*) AS n FROM ticks WHERE symbol = ?", statement_name="wrangled")
        try:
            df = wr.athena.read_sql_query("EXECUTE wrangled", database=DATABASE, ctas_approach=False, params=["MSFT"], paramstyle="qmark")
            self.assertEqual(df["n"][0], sum(t.symbol == "MSFT" for t in TICKS))
        finally:
            wr.athena.delete_prepared_statement("wrangled")

    def test_a_failure_says_why(self):
        for args in ({"ctas_approach": True}, {"ctas_approach": False}):
            with self.assertRaisesRegex(wr.exceptions.QueryFailed, r"COLUMN_NOT_FOUND: line \d:\d+: Column 'pirce' cannot be resolved \(hint: did you mean price\?\)"):
                wr.athena.read_sql_query("SELECT pirce FROM ticks", database=DATABASE, **args)
        with self.assertRaisesRegex(wr.exceptions.InvalidArgumentValue, "define all columns names"):
            wr.athena.read_sql_query("SELECT max(price) FROM ticks", database=DATABASE)
        with self.assertRaisesRegex(wr.exceptions.InvalidCtasApproachQuery, "define distinct names"):
            wr.athena.read_sql_query("SELECT 1 AS a, 2 AS a", database=DATABASE)
        with self.assertRaisesRegex(wr.exceptions.QueryFailed, r"MSCK REPAIR is not supported \(hint: ticklake registers new folders by itself"):
            wr.athena.repair_table(table="ticks", database=DATABASE)
