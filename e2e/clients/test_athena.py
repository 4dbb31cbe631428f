"""boto3's Athena."""

import csv
import io
import os
import time
import unittest
import uuid

import boto3
from botocore.exceptions import ClientError

from lake import BUCKET, DATABASE, DAYS, SYMBOLS, TICKS, volumes


def run(athena, sql, **args):
    """Runs a statement to its end, and returns what is known of it."""
    args.setdefault("QueryExecutionContext", {"Database": DATABASE})
    started = athena.start_query_execution(QueryString=sql, **args)["QueryExecutionId"]
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        q = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]
        if q["Status"]["State"] not in ("QUEUED", "RUNNING"):
            return q
        time.sleep(0.01)
    raise TimeoutError(sql)


def rows(page):
    return [[d.get("VarCharValue") for d in r["Data"]] for r in page["ResultSet"]["Rows"]]


class Athena(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.athena, cls.s3 = boto3.client("athena"), boto3.client("s3")

    def run_ok(self, sql, **args):
        q = run(self.athena, sql, **args)
        self.assertEqual(q["Status"]["State"], "SUCCEEDED", q["Status"].get("StateChangeReason"))
        return q

    def ask(self, sql, **args):
        """The rows of a statement's first page, without the header."""
        return rows(self.athena.get_query_results(QueryExecutionId=self.run_ok(sql, **args)["QueryExecutionId"]))[1:]

    def object(self, location):
        bucket, key = location.removeprefix("s3://").split("/", 1)
        return self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    def test_an_aggregate_is_the_datasets(self):
        got = self.ask("SELECT symbol, sum(volume), count(*), max(price) FROM ticks GROUP BY 1 ORDER BY 1")
        want = [[s, str(volumes()[s]), str(sum(t.symbol == s for t in TICKS)), f"{max(t.price for t in TICKS if t.symbol == s):.9f}"] for s in SYMBOLS]
        self.assertEqual(sorted(got), sorted(want))

    def test_a_result_has_pages_with_one_header(self):
        q = self.run_ok("SELECT sequence, symbol, price, volume FROM ticks ORDER BY timestamp_ns, symbol")
        pages = list(self.athena.get_paginator("get_query_results").paginate(QueryExecutionId=q["QueryExecutionId"]))
        self.assertEqual([len(p["ResultSet"]["Rows"]) for p in pages], [1000, 1000, 501])
        whole = [r for p in pages for r in rows(p)]
        self.assertEqual(whole[0], ["sequence", "symbol", "price", "volume"])
        want = [[str(t.sequence), t.symbol, f"{t.price:.9f}", None if t.volume is None else str(t.volume)] for t in sorted(TICKS, key=lambda t: (t.ns, t.symbol.encode()))]
        self.assertEqual(whole[1:], want)
        small = list(self.athena.get_paginator("get_query_results").paginate(QueryExecutionId=q["QueryExecutionId"], PaginationConfig={"PageSize": 7, "MaxItems": 20}))
        self.assertEqual([r for p in small for r in rows(p)], whole[:20])
        with self.assertRaises(ClientError) as e:
            self.athena.get_query_results(QueryExecutionId=q["QueryExecutionId"], NextToken="made up")
        self.assertEqual(e.exception.response["Error"]["Code"], "InvalidRequestException")

    def test_the_result_is_a_csv_in_s3(self):
        location = f"s3://{BUCKET}/results/mine/{uuid.uuid4()}/"
        q = self.run_ok("SELECT 'a\"b' AS q, '' AS e, CAST(NULL AS varchar) AS n, 'x' || chr(10) || 'y' AS l, DECIMAL '1.50' AS d", ResultConfiguration={"OutputLocation": location})
        self.assertEqual(q["ResultConfiguration"]["OutputLocation"], f"{location}{q['QueryExecutionId']}.csv")
        self.assertEqual(self.object(q["ResultConfiguration"]["OutputLocation"]), b'"q","e","n","l","d"\n"a""b","",,"x\ny","1.50"\n')
        metadata = self.object(q["ResultConfiguration"]["OutputLocation"] + ".metadata")
        self.assertTrue(metadata.startswith(b"\x0a\x24" + q["QueryExecutionId"].encode()))
        q = self.run_ok("SELECT timestamp_ns, symbol FROM ticks ORDER BY 1, 2")
        body = self.object(q["ResultConfiguration"]["OutputLocation"]).decode()
        self.assertEqual(len(list(csv.reader(io.StringIO(body)))), len(TICKS) + 1)

    def test_null_is_no_empty_text(self):
        q = self.run_ok("SELECT CAST(NULL AS varchar) AS n, '' AS e UNION ALL SELECT 'NULL', ' '")
        got = self.athena.get_query_results(QueryExecutionId=q["QueryExecutionId"])["ResultSet"]["Rows"]
        self.assertEqual(sorted(map(str, got[1:])), sorted(map(str, [{"Data": [{}, {"VarCharValue": ""}]}, {"Data": [{"VarCharValue": "NULL"}, {"VarCharValue": " "}]}])))

    def test_columns_have_athenas_types(self):
        q = self.run_ok("SELECT timestamp, timestamp_ns, symbol, price, kafka_partition, 'ab' AS s, 1e0 AS d, REAL '1' AS r, true AS b, DATE '2024-05-17' AS day, ARRAY[1] AS a, MAP(ARRAY['k'], ARRAY[1]) AS m, ROW(1) AS w, X'00' AS x FROM ticks LIMIT 1")
        info = self.athena.get_query_results(QueryExecutionId=q["QueryExecutionId"])["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
        self.assertEqual([(c["Name"], c["Type"], c["Precision"], c["Scale"], c["CaseSensitive"]) for c in info], [
            ("timestamp", "timestamp", 3, 0, False), ("timestamp_ns", "bigint", 19, 0, False), ("symbol", "varchar", 2147483647, 0, True),
            ("price", "decimal", 18, 9, False), ("kafka_partition", "integer", 10, 0, False), ("s", "varchar", 2, 0, True), ("d", "double", 17, 0, False),
            ("r", "float", 17, 0, False), ("b", "boolean", 0, 0, False), ("day", "date", 0, 0, False), ("a", "array", 0, 0, False),
            ("m", "map", 0, 0, False), ("w", "row", 0, 0, False), ("x", "varbinary", 1073741824, 0, False),
        ])

    def test_show_and_describe_have_athenas_forms(self):
        for sql, kind, columns, lines in (
            ("SHOW DATABASES", "SHOW_DATABASES", ["database_name"], [DATABASE]),
            ("SHOW TABLES IN `market` '*ticks'", "SHOW_TABLES", ["tab_name"], ["dead_ticks", "raw_ticks", "ticks"]),
            ("SHOW PARTITIONS `ticks`", "SHOW_PARTITIONS", ["partition"], [f"dt={d}" for d in DAYS]),
        ):
            with self.subTest(sql):
                q = self.run_ok(sql)
                self.assertEqual((q["StatementType"], q["SubstatementType"]), ("UTILITY", kind))
                page = self.athena.get_query_results(QueryExecutionId=q["QueryExecutionId"])
                self.assertEqual([c["Name"] for c in page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]], columns)
                self.assertEqual([r[0] for r in rows(page)], lines)
                self.assertEqual(self.object(q["ResultConfiguration"]["OutputLocation"]).decode().splitlines(), lines)
        q = self.run_ok("DESCRIBE `raw_ticks`;")
        page = self.athena.get_query_results(QueryExecutionId=q["QueryExecutionId"])
        self.assertEqual([(c["Name"], c["Type"]) for c in page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]], [("col_name", "string"), ("data_type", "string"), ("comment", "string")])
        lines = [r[0] for r in rows(page)]
        self.assertEqual(lines[1], "symbol              \tstring              \tWhat was traded     ")
        self.assertEqual(lines[12:16], ["\t \t ", "# Partition Information\t \t ", "# col_name            \tdata_type           \tcomment             ", "\t \t "])
        self.assertTrue(lines[16].startswith("dt                  \tstring              \t"))

    def test_a_failing_query_says_why(self):
        for sql, reason in (
            ("SELECT pirce FROM ticks", "COLUMN_NOT_FOUND: line 1:8: Column 'pirce' cannot be resolved (hint: did you mean price?)"),
            ("SELECT 1 FROM tick", "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.market.tick' does not exist (hint: did you mean ticks?)"),
            ("SELECT 1 FROM markt.ticks", "SCHEMA_NOT_FOUND: line 1:15: Schema 'markt' does not exist (hint: did you mean market?)"),
            ("SELECT sequence / 0 FROM ticks", "DIVISION_BY_ZERO: Division by zero"),
            ("DROP TABLE ticks", "NOT_SUPPORTED: line 1:1: the statement DROP TABLE is not supported (hint: drop it in Glue: DeleteTable, DeleteDatabase)"),
            ("CREATE TABLE x WITH (external_location = 's3://ticklake/raw/x/') AS SELECT 1 AS a", "NOT_SUPPORTED: writing to s3://ticklake/raw/x/ is not supported (hint: a folder below the query's result location is: s3://ticklake/results/)"),
        ):
            with self.subTest(sql):
                q = run(self.athena, sql)
                status = q["Status"]
                self.assertEqual((status["State"], status["StateChangeReason"], status["AthenaError"]["ErrorMessage"], status["AthenaError"]["ErrorCategory"]), ("FAILED", reason, reason, 2))
                with self.assertRaises(ClientError) as e:
                    self.athena.get_query_results(QueryExecutionId=q["QueryExecutionId"])
                self.assertIn("Query did not finish successfully. Final query state: FAILED", str(e.exception))

    def test_what_is_no_sql_is_refused_at_once(self):
        with self.assertRaises(self.athena.exceptions.InvalidRequestException) as e:
            self.athena.start_query_execution(QueryString="SELEC 1")
        self.assertEqual((e.exception.response["AthenaErrorCode"], e.exception.response["Error"]["Message"]), ("MALFORMED_QUERY", "line 1:1: mismatched input 'SELEC'"))

    def test_parameters_stand_for_question_marks(self):
        want = [[str(sum(t.symbol == "東証" and t.day >= DAYS[2] for t in TICKS))]]
        for parameters in (["東証", f"'{DAYS[2]}'"], ["'東証'", f"'{DAYS[2]}'"]):
            self.assertEqual(self.ask("SELECT count(*) FROM ticks WHERE symbol = ? AND dt >= ?", ExecutionParameters=parameters), want)
        self.assertEqual(self.ask("SELECT count(*) FROM ticks WHERE price > ?", ExecutionParameters=["120 + 1.5"]), [[str(sum(t.price > 121.5 for t in TICKS))]])
        self.assertEqual(self.ask("SELECT count(*) FROM ticks WHERE symbol = ?", ExecutionParameters=["x' OR 'a' = 'a"]), [["0"]])
        q = run(self.athena, "SELECT ?, ?", ExecutionParameters=["1"])
        self.assertEqual(q["Status"]["StateChangeReason"], "INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected 2 but found 1")

    def test_a_prepared_statement_is_kept(self):
        name = "by_symbol"
        self.athena.create_prepared_statement(StatementName=name, WorkGroup="primary", QueryStatement="SELECT count(*) FROM ticks WHERE symbol = ?")
        try:
            self.assertEqual(self.ask("EXECUTE by_symbol USING 'AAPL'"), [[str(sum(t.symbol == "AAPL" for t in TICKS))]])
            self.assertEqual([s["StatementName"] for s in self.athena.list_prepared_statements(WorkGroup="primary")["PreparedStatements"]], [name])
        finally:
            self.athena.delete_prepared_statement(StatementName=name, WorkGroup="primary")
        with self.assertRaises(self.athena.exceptions.ResourceNotFoundException):
            self.athena.get_prepared_statement(StatementName=name, WorkGroup="primary")

    def test_a_query_is_cancelled(self):
        endless = "SELECT count(*) FROM UNNEST(sequence(1, 10000)) a(x) CROSS JOIN UNNEST(sequence(1, 10000)) b(y) CROSS JOIN UNNEST(sequence(1, 10000)) c(z) WHERE sqrt(x) + sqrt(y) > sqrt(z)"
        started = self.athena.start_query_execution(QueryString=endless)["QueryExecutionId"]
        began = time.monotonic()
        while self.athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]["State"] == "QUEUED":
            time.sleep(0.01)
        self.athena.stop_query_execution(QueryExecutionId=started)
        while (q := self.athena.get_query_execution(QueryExecutionId=started)["QueryExecution"])["Status"]["State"] == "RUNNING":
            time.sleep(0.01)
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual((q["Status"]["State"], q["Status"]["StateChangeReason"]), ("CANCELLED", "Query cancelled by user"))
        with self.assertRaises(ClientError) as e:
            self.athena.get_query_results(QueryExecutionId=started)
        self.assertIn("Could not find results", str(e.exception))

    def test_a_token_makes_a_repetition_the_same_query(self):
        token = str(uuid.uuid4())
        ids = {self.athena.start_query_execution(QueryString="SELECT 1", ClientRequestToken=token)["QueryExecutionId"] for _ in range(3)}
        self.assertEqual(len(ids), 1)
        with self.assertRaises(ClientError) as e:
            self.athena.start_query_execution(QueryString="SELECT 2", ClientRequestToken=token)
        self.assertEqual(e.exception.response["AthenaErrorCode"], "IDEMPOTENT_PARAMETER_MISMATCH")
        self.assertIn(ids.pop(), [i for p in self.athena.get_paginator("list_query_executions").paginate() for i in p["QueryExecutionIds"]])

    def test_the_catalog_is_told_as_athena_tells_it(self):
        self.assertEqual([c["CatalogName"] for c in self.athena.list_data_catalogs()["DataCatalogsSummary"]], ["AwsDataCatalog"])
        table = self.athena.get_table_metadata(CatalogName="AwsDataCatalog", DatabaseName=DATABASE, TableName="ticks")["TableMetadata"]
        self.assertEqual((table["Columns"][3]["Name"], table["Columns"][3]["Type"], table["PartitionKeys"][0]["Name"]), ("price", "decimal(18,9)", "dt"))
        with self.assertRaises(ClientError) as e:
            self.athena.get_table_metadata(CatalogName="AwsDataCatalog", DatabaseName=DATABASE, TableName="nowhere")
        self.assertRegex(str(e.exception), r"MetadataException.*\(Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException; Request ID: [^;]+; Proxy: null\)")

    def test_who_may_not_is_told_as_by_athena(self):
        key = os.environ["AWS_ACCESS_KEY_ID"]
        for args, want, text in (
            ({"aws_access_key_id": key, "aws_secret_access_key": "wrong"}, "InvalidSignatureException", "signature"),
            ({"aws_access_key_id": "AKIANOBODY", "aws_secret_access_key": "wrong"}, "UnrecognizedClientException", "security token"),
            ({"region_name": "eu-west-1"}, "InvalidSignatureException", "us-east-1"),
        ):
            with self.subTest(want):
                with self.assertRaises(ClientError) as e:
                    boto3.client("athena", **args).list_work_groups()
                self.assertEqual(e.exception.response["Error"]["Code"], want)
                self.assertIn(text, str(e.exception))
