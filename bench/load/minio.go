package main

import "fmt"

// notification is what a MinIO posts of one object, before and after the id of the request that made it: 1,090 bytes or so with that.
var notification = [2]string{
	`{"EventName":"s3:ObjectCreated:Put","Key":"photos/photo.txt","Records":[{"eventVersion":"2.0","eventSource":"minio:s3","awsRegion":"","eventTime":"2026-11-21T03:37:23.735Z","eventName":"s3:ObjectCreated:Put","userIdentity":{"principalId":"weir"},"requestParameters":{"principalId":"weir","region":"","sourceIPAddress":"127.0.0.1"},"responseElements":{"x-amz-id-2":"0f6f1c19badf55b7961917bab65f7d9b7946fcacf0ef8d73bf9039870db1c847","x-amz-request-id":"`,
	`","x-minio-deployment-id":"9ac3eca8-e943-41bc-a648-de270d2a6947","x-minio-origin-endpoint":"http://127.0.0.1:26601"},"s3":{"s3SchemaVersion":"1.0","configurationId":"Config","bucket":{"name":"photos","ownerIdentity":{"principalId":"weir"},"arn":"arn:aws:s3:::photos"},"object":{"key":"photo.txt","size":5,"eTag":"5d41402abc4b2a76b9719d911017c592","contentType":"text/plain","userMetadata":{"content-type":"text/plain"},"sequencer":"18E9F236D0EAA561"}},"source":{"host":"127.0.0.1","port":"","userAgent":"aws-sdk-js/3.1168.0 ua/2.1 os/linux#6.18.44-fc-v595 lang/js md/nodejs#24.21.0 api/s3#3.1168.0 m/N,Z,b,U,E,e"}}]}`,
}

// idDigits is the width of the number in a request's id: all notifications are equally long.
const idDigits = 8

func (l *load) notificationHead() string {
	length := len(l.notify[0]) + len(l.run) + 1 + idDigits + len(l.notify[1])
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: %d\r\n"+
		"Authorization: Bearer bench\r\nContent-Type: application/json\r\n\r\n%s%s-", l.to.RequestURI(), l.to.Host, length, l.notify[0], l.run)
}

// appendNotification writes the request that tells of one object. The id of its event begins with RUN-NUMBER, so that the sink knows it.
func (l *load) appendNotification(request []byte, head string, e event) []byte {
	request = fmt.Appendf(append(request, head...), "%0*d", idDigits, e.number)
	return append(request, l.notify[1]...)
}
