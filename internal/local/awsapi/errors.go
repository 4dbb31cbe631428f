package awsapi

import (
	"errors"
	"fmt"
	"net/http"
)

// Error is an exception of an AWS service as clients see it.
type Error struct {
	Code    string         // the exception's name, such as EntityNotFoundException
	Message string         // for a person; it never holds a path of the machine
	Status  int            // HTTP status; 0 is 400
	Fields  map[string]any // further members of the error document (JSON protocol only)
}

// Errorf returns an Error with status 400, as nearly every exception of these services has.
func Errorf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Status: http.StatusBadRequest}
}

// Error implements error.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Code returns the exception's name of err, or "" if err is no Error.
func Code(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
