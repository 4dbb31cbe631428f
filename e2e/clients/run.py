"""Runs a module of tests and prints a line of JSON for each: what Go makes a test of."""

import json
import sys
import time
import traceback
import unittest


class Lines(unittest.TestResult):
    """Prints each test's outcome when it has ended."""

    def __init__(self, out):
        super().__init__()
        self.out = out

    def startTest(self, test):
        super().startTest(test)
        self.began, self.faults = time.monotonic(), []

    def fault(self, err):
        self.faults.append("".join(traceback.format_exception(*err)))

    def addError(self, test, err):
        super().addError(test, err)
        if not isinstance(test, unittest.TestCase):  # setUpClass: no test will be started
            self.line(str(test), 0, "".join(traceback.format_exception(*err)))
            return
        self.fault(err)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.fault(err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err:
            self.faults.append(f"{subtest.params}\n" + "".join(traceback.format_exception(*err)))

    def stopTest(self, test):
        super().stopTest(test)
        self.line(test._testMethodName, time.monotonic() - self.began, "\n".join(self.faults))

    def line(self, name, seconds, message):
        print(json.dumps({"Test": name, "OK": not message, "Message": message, "Seconds": seconds}), file=self.out, flush=True)


def main(module):
    out, sys.stdout = sys.stdout, sys.stderr  # what libraries print is noise
    tests = unittest.defaultTestLoader.loadTestsFromName(module)
    tests.run(result := Lines(out))
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
