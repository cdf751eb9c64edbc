package org.isonorm.spark.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import org.apache.hadoop.fs.FSDataInputStream;

/** Reads a Hadoop file at any position. */
final class HadoopReadChannel implements SeekableByteChannel {
  private final FSDataInputStream stream;
  private final ReadableByteChannel channel;
  private final long size;

  HadoopReadChannel(FSDataInputStream stream, long size) {
    this.stream = stream;
    this.channel = Channels.newChannel(stream);
    this.size = size;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    return channel.read(target);
  }

  @Override
  public long position() throws IOException {
    return stream.getPos();
  }

  @Override
  public SeekableByteChannel position(long position) throws IOException {
    stream.seek(position);
    return this;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int write(ByteBuffer source) {
    throw new NonWritableChannelException();
  }

  @Override
  public SeekableByteChannel truncate(long length) {
    throw new NonWritableChannelException();
  }

  @Override
  public boolean isOpen() {
    return channel.isOpen();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
