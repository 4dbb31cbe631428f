package awsapi

import (
	"errors"
	"net/http"
	"syscall"
)

// SQLite's result codes for a disk that takes nothing: https://www.sqlite.org/rescode.html
const (
	sqliteReadOnly = 8
	sqliteFull     = 13
)

// DiskTrouble says what is wrong with the disk, "full" or "read-only", if that is why err came about, else "".
func DiskTrouble(err error) string {
	code := 0
	var coded interface{ Code() int } // as SQLite's errors are; the extended code has the primary one in its lowest byte
	if errors.As(err, &coded) {
		code = coded.Code() & 0xff
	}
	switch {
	case code == sqliteFull, errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "full"
	case code == sqliteReadOnly, errors.Is(err, syscall.EROFS):
		return "read-only"
	}
	return ""
}

// internal is what a client is told of a failure of ours: nothing of the machine, but what may be mended.
func internal(p protocol, err error) *Error {
	e := &Error{
		Code: p.internalCode(), Status: http.StatusInternalServerError,
		Message: "internal failure; the log of ticklake has the reason under this request's id",
	}
	switch DiskTrouble(err) {
	case "full":
		e.Message = "the disk of ticklake is full, and nothing was changed. hint: make room for it, then try again; it need not be restarted"
	case "read-only":
		e.Message = "the disk of ticklake is read-only, and nothing was changed. hint: mount it for writing, then try again"
	}
	return e
}
